package route

import (
	"bytes"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Naive finds the matching rule by the definition, slowly: the index of the first rule with the lowest priority whose
// conditions all hold, -1 when there is none.
//
// With DialectNginx the request picks its host first: the exact name if any rule names it, else the wildcard that covers
// it (the first by string order), else the rules without a host. Only that host's rules are looked at.
func Naive(dialect model.Dialect, rules []model.Rule, x *exchange.Exchange) int {
	candidates := make([]int, len(rules))
	for i := range rules {
		candidates[i] = i
	}
	if dialect == model.DialectNginx {
		candidates = naiveHost(rules, string(x.Request.Host))
	}
	slices.SortStableFunc(candidates, func(a, b int) int { return int(rules[a].Priority) - int(rules[b].Priority) })
	for _, i := range candidates {
		met := true
		for _, c := range rules[i].Conditions {
			if dialect == model.DialectNginx && c.Field == model.HostHeader {
				continue
			}
			met = met && naiveCondition(dialect, c, x)
		}
		if met {
			return i
		}
	}
	return -1
}

// naiveHost lists the rules of the host that the request picks with DialectNginx.
func naiveHost(rules []model.Rule, host string) []int {
	byHost := map[string][]int{}
	for i := range rules {
		hosts := []string{""}
		if c := slices.IndexFunc(rules[i].Conditions, isHost); c >= 0 {
			hosts = rules[i].Conditions[c].Values
		}
		for _, h := range hosts {
			byHost[strings.ToLower(h)] = append(byHost[strings.ToLower(h)], i)
		}
	}
	if host != "" && byHost[host] != nil && !strings.HasPrefix(host, "*.") {
		return byHost[host]
	}
	var wildcards []string
	for h := range byHost {
		if rest, ok := strings.CutPrefix(h, "*"); ok {
			if label, ok := strings.CutSuffix(host, rest); ok && wildcardLabel(label) {
				wildcards = append(wildcards, h)
			}
		}
	}
	if len(wildcards) > 0 {
		return byHost[slices.Min(wildcards)]
	}
	return byHost[""]
}

func isHost(c model.Condition) bool { return c.Field == model.HostHeader }

// wildcardLabel says whether a wildcard host covers this first label.
func wildcardLabel(label string) bool {
	for i := range len(label) {
		if !labelByte(label[i]) {
			return false
		}
	}
	return label != ""
}

func labelByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// naiveCondition says whether a condition holds.
func naiveCondition(dialect model.Dialect, c model.Condition, x *exchange.Exchange) bool {
	nginx := dialect == model.DialectNginx
	switch c.Field {
	case model.HostHeader:
		return len(x.Request.Host) > 0 && naiveText(c, string(x.Request.Host), true)
	case model.PathPattern:
		if nginx {
			return naiveText(c, string(x.Request.NormalPath), false)
		}
		return naiveText(c, string(x.Request.Path), false)
	case model.HTTPHeader:
		if strings.EqualFold(c.Name, "upgrade") && len(x.Request.Upgrade) > 0 {
			return naiveText(c, string(x.Request.Upgrade), true)
		}
		for i := range x.Request.Header.Len() {
			f := x.Request.Header.At(i)
			if exchange.EqualFold(f.Name, c.Name) && naiveText(c, string(f.Value), true) {
				return true
			}
		}
	case model.RequestMethod:
		return slices.Contains(c.Values, string(x.Request.Method))
	case model.SourceIP:
		ip := x.Conn.Remote.Addr()
		if nginx {
			ip = x.ClientIP
		}
		return slices.ContainsFunc(c.Values, func(v string) bool {
			p, err := netip.ParsePrefix(v)
			return err == nil && p.Contains(ip.Unmap().WithZone(""))
		})
	case model.QueryString:
		return naiveQuery(c, x.Request.Query)
	case model.Cookie:
		return naiveCookie(c, x)
	}
	return false
}

// naiveText compares a text with a condition's globs and regular expressions.
func naiveText(c model.Condition, text string, fold bool) bool {
	for _, v := range c.Values {
		if NaiveGlob(v, text, fold) {
			return true
		}
	}
	for _, v := range c.RegexValues {
		if re, err := regexp.Compile(v); err == nil && re.MatchString(text) {
			return true
		}
	}
	return false
}

// NaiveGlob says whether a glob covers the whole text: "*" any run of bytes, "?" one byte, a backslash takes the next
// byte literally; fold ignores ASCII case.
func NaiveGlob(glob, text string, fold bool) bool {
	if glob == "" {
		return text == ""
	}
	if glob[0] == '*' {
		return NaiveGlob(glob[1:], text, fold) || text != "" && NaiveGlob(glob, text[1:], fold)
	}
	if text == "" {
		return false
	}
	if glob[0] == '?' {
		return NaiveGlob(glob[1:], text[1:], fold)
	}
	if glob[0] == '\\' && len(glob) > 1 {
		glob = glob[1:]
	}
	same := glob[0] == text[0] || fold && lower(glob[0]) == lower(text[0])
	return same && NaiveGlob(glob[1:], text[1:], fold)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// naiveQuery compares the pairs of a query, as received, with a condition's.
func naiveQuery(c model.Condition, query []byte) bool {
	query, _, _ = bytes.Cut(query, []byte("#"))
	for pair := range bytes.SplitSeq(query, []byte("&")) {
		key, value, _ := bytes.Cut(pair, []byte("="))
		if len(pair) == 0 {
			continue
		}
		for _, q := range c.Query {
			if (q.Key == "" || NaiveGlob(q.Key, string(key), true)) && NaiveGlob(q.Value, string(value), true) {
				return true
			}
		}
	}
	return false
}

// naiveCookie compares the first cookie of the condition's name, exactly. Names compare without case, as nginx does.
func naiveCookie(c model.Condition, x *exchange.Exchange) bool {
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		if !exchange.EqualFold(f.Name, "cookie") {
			continue
		}
		for pair := range bytes.SplitSeq(f.Value, []byte(";")) {
			name, value, found := bytes.Cut(bytes.Trim(pair, " \t"), []byte("="))
			if !found || !exchange.EqualFold(name, c.Name) {
				continue
			}
			exact := slices.Contains(c.Values, string(value))
			return exact || naiveText(model.Condition{RegexValues: c.RegexValues}, string(value), false)
		}
	}
	return false
}
