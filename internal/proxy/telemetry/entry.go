package telemetry

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// entry is one line in the making.
type entry struct {
	listener *compile.Listener
	rule     *compile.Rule
	x        *exchange.Exchange
	log      *AccessLog
}

// status is what the line shows as the answer's status.
func status(x *exchange.Exchange) int {
	if x.Log.Status != 0 {
		return x.Log.Status
	}
	return x.Response.Status
}

// appendStatus appends a status of three digits.
func appendStatus(b []byte, n int) []byte {
	if n < 0 || n > 999 {
		n = 0
	}
	u := uint(n)
	return append(b, byte('0'+u/100), byte('0'+u/10%10), byte('0'+u%10))
}

// group is the target group that the exchange went to or would have gone to. Responses made here have no group any
// more; the rule still tells when it has only one.
func group(x *exchange.Exchange, rule *compile.Rule) string {
	if x.Group != nil {
		return x.Group.ID()
	}
	if f := forward(rule); f != nil && len(f.TargetGroups) == 1 {
		return f.TargetGroups[0].TargetGroup
	}
	return ""
}

func forward(rule *compile.Rule) *model.Forward {
	if rule == nil || rule.Model == nil || len(rule.Model.Actions) == 0 {
		return nil
	}
	return rule.Model.Actions[len(rule.Model.Actions)-1].Forward
}

// alternative is the target group of a canary that took the exchange, empty when the main one did.
func alternative(x *exchange.Exchange, rule *compile.Rule) string {
	f := forward(rule)
	if f == nil || !f.Canary || x.Group == nil || len(f.TargetGroups) < 2 {
		return ""
	}
	if id := x.Group.ID(); id != f.TargetGroups[0].TargetGroup {
		return id
	}
	return ""
}

// attempts appends something for each try, separated.
func (e *entry) attempts(b []byte, separator string, each func(b []byte, a *exchange.Attempt) []byte) []byte {
	list := e.x.Log.Attempts
	if len(list) == 0 {
		return append(b, '-')
	}
	for i := range list {
		if i > 0 {
			b = append(b, separator...)
		}
		b = each(b, &list[i])
	}
	return b
}

func attemptAddress(b []byte, a *exchange.Attempt) []byte { return appendBare(b, a.Address) }

func attemptBytes(b []byte, a *exchange.Attempt) []byte { return strconv.AppendInt(b, a.Bytes, 10) }

func attemptTook(b []byte, a *exchange.Attempt) []byte { return appendSeconds(b, a.Took) }

// attemptStatus is nginx's: a failure shows the status that it stands for.
func attemptStatus(b []byte, a *exchange.Attempt) []byte {
	switch {
	case a.Status != 0:
		return appendStatus(b, a.Status)
	case a.Failure != 0:
		return appendStatus(b, a.Failure)
	}
	return append(b, '-')
}

// attemptAnswer is ELB's: a failure has none.
func attemptAnswer(b []byte, a *exchange.Attempt) []byte {
	if a.Status != 0 {
		return appendStatus(b, a.Status)
	}
	return append(b, '-')
}

func header(h *exchange.Header, name string) []byte {
	v, _ := h.Get(name)
	return v
}
