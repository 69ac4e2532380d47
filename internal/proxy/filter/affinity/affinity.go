package affinity

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/sticky"
)

// affinity is the filter. The cookie's value is "<key>|<group>", both 16 hexadecimal digits: the key names the target
// (persistent) or a place that consistent hashing maps to one (balanced), the group is the target group's number. A value
// that somebody else wrote is no error: in balanced mode any text is a key, as with ingress-nginx, and in persistent mode
// one that names no target leads to a new choice.
type affinity struct {
	config *model.Affinity
	by     exchange.StickBy
	// groups are the numbers of the forward action's target groups, the main one first.
	groups  []uint64
	expires time.Duration
}

// New makes the filter; nil for nil. It fails for an Expires that is no number.
func New(config *model.Affinity, f *model.Forward) (exchange.Filter, error) {
	if config == nil || f == nil || len(f.TargetGroups) == 0 {
		return nil, nil
	}
	a := affinity{config: config, by: exchange.ByPlace}
	if config.Persistent {
		a.by = exchange.ByNumber
	}
	for _, t := range f.TargetGroups {
		a.groups = append(a.groups, exchange.GroupNumber(t.TargetGroup))
	}
	if config.Expires != "" {
		n, err := strconv.ParseInt(config.Expires, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("expires of the session cookie: %w", err)
		}
		a.expires = time.Duration(n) * time.Second
	}
	return a, nil
}

// Request reads the cookie. Where there is a canary, the group in it decides which side the client stays on, before any
// other rule of the canary; the legacy behaviour knows no affinity to canaries.
func (a affinity) Request(x *exchange.Exchange) exchange.Verdict {
	s := &x.Stick
	s.By, s.Stay = a.by, !a.config.ChangeOnFailure
	if a.config.LegacyCanary {
		s.Only = a.groups[0]
	}
	value, ok := sticky.Cookie(&x.Request.Header, a.config.Cookie)
	if !ok {
		return exchange.Continue
	}
	key, group, _ := bytes.Cut(value, []byte{'|'})
	s.Key, s.Known = number(key)
	if n, ok := number(group); ok && len(a.groups) > 1 {
		for i, g := range a.groups {
			if g == n && (i == 0 || !a.config.LegacyCanary) {
				s.Group = g
			}
		}
	}
	return exchange.Continue
}

// Response sets the cookie when a target was chosen anew.
func (a affinity) Response(x *exchange.Exchange) {
	if !x.Stick.Moved || x.Response.Made || x.Target == nil || x.Group == nil {
		return
	}
	key := x.Stick.Key
	if a.by == exchange.ByNumber {
		key = x.Target.Number()
	}
	group := exchange.GroupNumber(x.Group.ID())
	x.Response.Header.AddString("Set-Cookie", x.Build(func(b []byte) []byte {
		return a.appendCookie(b, x, key, group)
	}))
}

// number reads a key. Text that is not ours counts by its bytes; false when there is none.
func number(text []byte) (uint64, bool) {
	if len(text) == 0 {
		return 0, false
	}
	if len(text) == 16 {
		if n, err := strconv.ParseUint(string(text), 16, 64); err == nil {
			return n, true
		}
	}
	return exchange.GroupNumber(string(text)), true
}
