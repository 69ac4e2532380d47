package compile

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
)

// String renders the trace for people: one line per rule, why it did not match, and what the matching one does.
func (t *Trace) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { b.WriteString(clean(fmt.Sprintf(format, args...)) + "\n") }
	if !t.Listening {
		line("load balancer %s does not listen on port %d", t.LoadBalancer, t.Port)
		return b.String()
	}
	line("load balancer %s, port %d", t.LoadBalancer, t.Port)
	if t.Certificate != "" {
		line("certificate %s", t.Certificate)
	}
	for _, sentence := range t.Entrance {
		line("%s", sentence)
	}
	if t.Network != nil {
		t.Network.text(line)
		t.stays(line)
		return b.String()
	}
	if t.Refused != "" {
		line("refused with %d before any rule: %s", t.Status, t.Refused)
		return b.String()
	}
	if t.Dialect == model.DialectNginx {
		switch {
		case !t.HostFound:
			line("no rule knows this host, and there are none for all hosts")
		case t.Host == "":
			line("no rule knows this host: the rules without a host are tried")
		default:
			line("host %s", t.Host)
		}
	}
	for _, c := range t.Considered {
		if c.Held {
			line("rule %s matches%s", priorityText(c.Rule.Priority), from(c.Rule.Source))
			continue
		}
		for _, check := range c.Checks {
			if !check.Held {
				line("rule %s does not match: %s%s", priorityText(c.Rule.Priority), check, from(c.Rule.Source))
				break
			}
		}
	}
	if t.Callback {
		line("the listener itself ends logins at this path, before any rule")
	}
	if t.Fallback {
		line("no rule matches: the default actions answer%s", from(t.Rule.Source))
	}
	if t.Rule.Denied != "" {
		line("the rule is denied: %s", t.Rule.Denied)
	}
	for _, s := range t.Steps {
		line("  %s %s", s.Name, strings.Join(s.Effects, "; "))
	}
	t.outcome(line)
	t.stays(line)
	return b.String()
}

func (t *Trace) stays(line func(string, ...any)) {
	for _, sentence := range t.Staying {
		line("  %s", sentence)
	}
}

func (t *Trace) outcome(line func(string, ...any)) {
	switch {
	case t.Asked != "":
		line("what follows depends on the answer, and nobody was asked")
	case t.Mismatch != "":
		line("answered here with %d: the rule forwards to target group %s, and %s", t.Status, t.Group, t.Mismatch)
	case t.Group == "":
		line("answered here with %s", strings.TrimSpace(strconv.Itoa(t.Status)+" "+page.Reason(t.Status)))
		if t.Location != "" {
			line("  Location: %s", t.Location)
		}
	case t.Total != t.Weight:
		line("sent to target group %s (weight %d of %d) as %s on host %s", t.Group, t.Weight, t.Total, t.UpstreamPath, t.UpstreamHost)
	default:
		line("sent to target group %s as %s on host %s", t.Group, t.UpstreamPath, t.UpstreamHost)
	}
}

// from names the object behind a rule.
func from(s model.Source) string {
	if s.Name == "" {
		return ""
	}
	text := " (" + objectOf(s, "").String()
	if s.Path != "" {
		text += ", path " + s.Path
	}
	return text + ")"
}

// clean makes a line safe to print: what came from users cannot move the cursor or forge lines.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}
