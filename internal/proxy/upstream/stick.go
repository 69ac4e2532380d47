package upstream

import (
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

const (
	attributeStickyLasts     = "stickiness.lb_cookie.duration_seconds"
	attributeStickyApp       = "stickiness.app_cookie.cookie_name"
	attributeStickyAppLasts  = "stickiness.app_cookie.duration_seconds"
	stickyDefault            = 24 * time.Hour
	stickyLeast, stickyMost  = time.Second, 7 * 24 * time.Hour
	maxStickyDraws           = 20
	manyTargets              = 16
	sessionByLoadBalancer    = "lb_cookie"
	sessionByApplication     = "app_cookie"
	ignoredWithoutAppsCookie = "stickiness (app_cookie without the name of a cookie)"
)

// stickyAttributes are the attributes of stickiness as written.
type stickyAttributes struct {
	enabled               bool
	kind, app             string
	loadBalancer, appTime string
}

// read takes an attribute and says whether it is one of stickiness.
func (a *stickyAttributes) read(key, value string) bool {
	switch key {
	case attributeSticky:
		a.enabled = value == "true"
	case attributeStickyType:
		a.kind = value
	case attributeStickyLasts:
		a.loadBalancer = value
	case attributeStickyApp:
		a.app = value
	case attributeStickyAppLasts:
		a.appTime = value
	default:
		return false
	}
	return true
}

// stickiness makes what the attributes ask for; nil when that is nothing. What cannot be carried out is returned in words.
func (a *stickyAttributes) stickiness(group string) (s *exchange.Stickiness, ignored string) {
	if !a.enabled {
		return nil, ""
	}
	s = &exchange.Stickiness{Group: exchange.GroupNumber(group)}
	text := a.loadBalancer
	switch a.kind {
	case "", sessionByLoadBalancer:
	case sessionByApplication:
		if a.app == "" {
			return nil, ignoredWithoutAppsCookie
		}
		s.Application, text = a.app, a.appTime
	default:
		return nil, "stickiness (" + a.kind + ")"
	}
	s.Lasts = min(max(seconds(text, stickyDefault), stickyLeast), stickyMost)
	return s, ""
}

// Stickiness is the group's target stickiness, nil when it has none.
func (g *Group) Stickiness() *exchange.Stickiness { return g.settings.Load().sticky }

// Number names the target in cookies.
func (t *Target) Number() uint64 { return max(t.hash, 1) }

var (
	_ exchange.StickyGroup = (*Group)(nil)
	_ exchange.Target      = (*Target)(nil)
)

// stuck returns the target that x's client is to stay with, nil when one has to be chosen anew. A target is stayed with as
// long as requests go to it: a healthy one, or any when all get requests for want of healthy ones.
func (g *Group) stuck(list []*Target, index map[uint64]*Target, x *exchange.Exchange) *Target {
	s, first := &x.Stick, len(x.Log.Attempts) == 0
	if s.Known && (first || s.Stay) {
		if s.By == exchange.ByPlace {
			return heaviest(list, s.Key, nil)
		}
		if t := numbered(list, index, s.Key); t != nil {
			return t
		}
	}
	s.Moved = true
	if s.By == exchange.ByPlace {
		return newPlace(list, x)
	}
	if first {
		g.nonSticky.Add(1)
	}
	return nil
}

// newPlace draws a place on the ring, as ingress-nginx does: up to twenty times for one whose target was not tried.
func newPlace(list []*Target, x *exchange.Exchange) *Target {
	random := draw(x)
	var t *Target
	for range maxStickyDraws {
		x.Stick.Key, random = random, mix(random+1)
		if t = heaviest(list, x.Stick.Key, nil); !tried(t, x) {
			break
		}
	}
	return t
}

// numbered finds a target by its number.
func numbered(list []*Target, index map[uint64]*Target, number uint64) *Target {
	if index != nil {
		return index[number]
	}
	for _, t := range list {
		if t.Number() == number {
			return t
		}
	}
	return nil
}

// indexed makes the index of a long list; short ones are looked through.
func indexed(list []*Target) map[uint64]*Target {
	if len(list) <= manyTargets {
		return nil
	}
	index := make(map[uint64]*Target, len(list))
	for _, t := range list {
		index[t.Number()] = t
	}
	return index
}
