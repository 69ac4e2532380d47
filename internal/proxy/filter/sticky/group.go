package sticky

import (
	"slices"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

const (
	cookieGroup     = "AWSALBTG"
	cookieGroupCORS = "AWSALBTGCORS"
	// invalidGroup is the error reason of requests whose cookie cannot be read, as ELB documents it.
	invalidGroup = "AWSALBTGCookieInvalid"
)

// group is the stickiness of a forward action with several target groups. It says where the client stays; the action,
// which comes next, goes there whatever the weights are: a weight of 0 gets no new clients, and loses none.
type group struct {
	jar    *Jar
	groups []uint64
	lasts  uint32
}

// NewGroup makes the step; nil when the action keeps nobody, or without keys.
func NewGroup(jar *Jar, f *model.Forward) exchange.Filter {
	if jar == nil || f == nil || f.Stickiness == nil || !f.Stickiness.Enabled {
		return nil
	}
	g := group{jar: jar, lasts: secondsOf(time.Duration(f.Stickiness.DurationSeconds) * time.Second)}
	for _, t := range f.TargetGroups {
		g.groups = append(g.groups, exchange.GroupNumber(t.TargetGroup))
	}
	return g
}

// Request reads the cookie. One that cannot be opened is noted and leads to a new choice, as does one that is past its
// time or names a group that the action does not know.
func (g group) Request(x *exchange.Exchange) exchange.Verdict {
	box, err := g.jar.group.Box()
	if err != nil {
		return exchange.Continue // without keys nobody is kept anywhere
	}
	entries, there := g.jar.open(x, box, cookieGroupCORS, cookieGroup)
	if there && entries == nil {
		x.Because(invalidGroup)
	}
	found, others := pick(entries, x.Start.Unix(), func(e entry) bool { return slices.Contains(g.groups, e.group) })
	x.Stick.Group, x.Stick.GroupEntries = found.group, others
	return exchange.Continue
}

// Response sets the cookies on what a target answered.
func (g group) Response(x *exchange.Exchange) {
	if x.Response.Made || x.Group == nil {
		return
	}
	box, err := g.jar.group.Box()
	if err != nil {
		return // as above
	}
	e := entry{group: exchange.GroupNumber(x.Group.ID()), issued: uint32(nowOf(x)), lasts: g.lasts}
	m := g.jar.seal(box, e, x.Stick.GroupEntries)
	set(x, cookieGroup, m, "")
	set(x, cookieGroupCORS, m, crossSite)
}
