package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
)

// call is a call as it went over the wire.
type call struct {
	name string
	// body is what the call was given: maps, lists and texts.
	body any
}

// readCall reads a call in one of the two forms that we use: a form, and JSON with its name in a field.
func readCall(r *http.Request, body []byte) call {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		var c call
		_, c.name, _ = strings.Cut(target, ".")
		_ = json.Unmarshal(body, &c.body) // what cannot be read is shown without its arguments
		return c
	}
	form, _ := url.ParseQuery(string(body)) // as above
	tree := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(form)) {
		if key != "Action" && key != "Version" {
			plant(tree, strings.Split(key, "."), form.Get(key))
		}
	}
	return call{form.Get("Action"), listed(tree)}
}

// changes says whether the call changes something, by its name.
func (c call) changes() bool { return !fault.ReadOnly(c.name) }

func plant(tree map[string]any, path []string, value string) {
	for len(path) > 1 {
		if path[0] == "member" { // the Query protocol says that a list follows; EC2's does not
			path = path[1:]
			continue
		}
		next, ok := tree[path[0]].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[path[0]] = next
		}
		tree, path = next, path[1:]
	}
	tree[path[0]] = value
}

// listed turns maps whose keys are numbers into lists.
func listed(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	byNumber := map[int]any{}
	for k := range m {
		m[k] = listed(m[k])
		if n, err := strconv.Atoi(k); err == nil {
			byNumber[n] = m[k]
		}
	}
	if len(m) == 0 || len(byNumber) != len(m) {
		return m
	}
	var out []any
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		out = append(out, byNumber[n])
	}
	return out
}

var errorCode = regexp.MustCompile(`<Code>([^<]+)</Code>|"__type":"(?:[^"#]*#)?([^"]+)"`)

// codeOf finds the code in an answer that is an error.
func codeOf(answer []byte) string {
	if m := errorCode.FindSubmatch(answer); m != nil {
		return string(m[1]) + string(m[2])
	}
	return "an error"
}

// words say what is written for ids and ARNs.
type words struct {
	known  map[string]string
	others func(id string) string
}

func (w words) of(id string) string {
	if word, ok := w.known[id]; ok {
		return word
	}
	return w.others(id)
}

// first are the members that say what a call is about, in the order in which they are written.
var first = []string{"loadBalancer", "listener", "rule", "targetGroup", "name", "groupName", "groupId", "resource", "priority", "type", "protocol", "port", "targetType"}

// line is the call in the form `CreateTargetGroup name=web port=80`. Tags that say whose something is are left out, as is what
// makes a repeated call the same call.
func (c call) line(w words) string {
	m, _ := c.body.(map[string]any)
	parts := map[string]string{}
	for key, v := range m {
		name := short(key)
		if slices.Contains(unsaid, name) || c.name == "CreateTargetGroup" && ofHealth.MatchString(name) {
			continue
		}
		if text, said := w.text(v); said {
			parts[name] = text
		}
	}
	out := c.name
	for _, name := range slices.Concat(first, slices.Sorted(maps.Keys(parts))) {
		if text, ok := parts[name]; ok {
			out += " " + name + "=" + text
			delete(parts, name)
		}
	}
	return out
}

// unsaid are members that differ from run to run, or are the same everywhere.
var unsaid = []string{"clientToken", "idempotencyToken", "vpcId"}

// ofHealth are the members of a health check. They are shown where one is changed; a new target group's are in the model.
var ofHealth = regexp.MustCompile(`^healthCheck|^(un)?healthyThreshold|^matcher$`)

var arnSuffix = regexp.MustCompile(`(Arn|ARN)(s?)$`)

// short is the name of a member: loadBalancer for LoadBalancerArn.
func short(key string) string {
	if s := arnSuffix.ReplaceAllString(key, "$2"); s != "" {
		key = s
	}
	return strings.ToLower(key[:1]) + key[1:]
}

// text writes a value as YAML would on one line; false when there is nothing to say.
func (w words) text(v any) (string, bool) {
	switch v := v.(type) {
	case map[string]any:
		return w.mapping(v)
	case []any:
		return w.list(v)
	case string:
		v = w.of(v)
		return quoted(v), v != ""
	case nil:
		return "", false
	}
	return fmt.Sprint(v), true
}

func quoted(s string) string {
	if strings.ContainsAny(s, " \t\n\"[]{},") {
		return strconv.Quote(s)
	}
	return s
}

// byWeight puts what says which kind of thing it is before everything else.
func byWeight(a, b string) int {
	weight := func(s string) int {
		if slices.Contains([]string{"Type", "Field", "Id", "IpProtocol"}, s) {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(a, b))
}

func (w words) mapping(m map[string]any) (string, bool) {
	var out []string
	for _, key := range slices.SortedFunc(maps.Keys(m), byWeight) {
		if text, said := w.text(m[key]); said {
			out = append(out, short(key)+": "+text)
		}
	}
	if len(out) == 1 && m["ResourceType"] != nil {
		return "", false // a specification of tags without any that is worth a word
	}
	return "{" + strings.Join(out, ", ") + "}", len(out) > 0
}

// list writes lists, and those of keys and values as a mapping.
func (w words) list(l []any) (string, bool) {
	var out []string
	pairs := len(l) > 0
	for _, v := range l {
		m, ok := v.(map[string]any)
		_, keyed := m["Key"].(string)
		pairs = pairs && ok && keyed && len(m) <= 2
	}
	for _, v := range l {
		if !pairs {
			if text, said := w.text(v); said {
				out = append(out, text)
			}
			continue
		}
		m, _ := v.(map[string]any)
		key, _ := m["Key"].(string)
		value, _ := w.text(m["Value"])
		if !own(key) {
			out = append(out, strings.TrimSuffix(quoted(key)+": "+value, ": "))
		}
	}
	if pairs {
		return "{" + strings.Join(out, ", ") + "}", len(out) > 0
	}
	return "[" + strings.Join(out, ", ") + "]", len(out) > 0
}

// own says whether a tag says which cluster and stack own something.
func own(key string) bool {
	controller, _, _ := strings.Cut(key, "/")
	return slices.Contains([]string{"elbv2.k8s.aws", "ingress.k8s.aws", "service.k8s.aws"}, controller)
}
