package sticky

import (
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Names of the cookies. The one for requests from other sites wins where both come back.
const (
	cookieTarget      = "AWSALB"
	cookieTargetCORS  = "AWSALBCORS"
	cookieApplication = "AWSALBAPP-0"
)

// target is the stickiness of target groups. Whether there is any is asked anew with each request, since groups change
// apart from rules.
type target struct{ jar *Jar }

// NewTarget makes the step for rules that forward; nil without keys.
func NewTarget(jar *Jar) exchange.Filter {
	if jar == nil {
		return nil
	}
	return target{jar}
}

// Request reads the cookies and says which target the client is to stay with. Values that cannot be opened, that are past
// their time or that name a target of another group lead to a new choice. A session that the application's cookie began
// needs that cookie too; only its name counts.
func (f target) Request(x *exchange.Exchange) exchange.Verdict {
	s, box := f.asked(x)
	if s == nil {
		return exchange.Continue
	}
	x.Stick.By = exchange.ByNumber
	names := []string{cookieTargetCORS, cookieTarget}
	if s.Application != "" {
		if _, ok := Cookie(&x.Request.Header, s.Application); !ok {
			return exchange.Continue
		}
		names = []string{cookieApplication}
	}
	entries, _ := f.jar.open(x, box, names...)
	found, others := pick(entries, x.Start.Unix(), func(e entry) bool { return e.group == s.Group })
	x.Stick.Entries = others
	x.Stick.Key, x.Stick.Known = found.target, found.target != 0
	return exchange.Continue
}

// Response sets the cookies on what the target answered, a WebSocket's handshake too.
func (f target) Response(x *exchange.Exchange) {
	if x.Stick.By != exchange.ByNumber || x.Response.Made || x.Target == nil {
		return
	}
	s, box := f.asked(x)
	if s == nil {
		return
	}
	if s.Application != "" && !x.Stick.Known && !sets(&x.Response.Header, s.Application) {
		return
	}
	now := nowOf(x)
	m := f.jar.seal(box, entry{s.Group, x.Target.Number(), uint32(now), secondsOf(s.Lasts)}, x.Stick.Entries)
	if s.Application != "" {
		setApplication(x, m)
		return
	}
	set(x, cookieTarget, m, "")
	set(x, cookieTargetCORS, m, crossSite)
}

// asked is the stickiness of the group that was chosen and the box for its cookies; nil when there is none.
func (f target) asked(x *exchange.Exchange) (*exchange.Stickiness, *keyring.Box) {
	g, ok := x.Group.(exchange.StickyGroup)
	if !ok {
		return nil, nil
	}
	s := g.Stickiness()
	if s == nil {
		return nil, nil
	}
	sealer := f.jar.target
	if s.Application != "" {
		sealer = f.jar.application
	}
	box, err := sealer.Box()
	if err != nil {
		return nil, nil // without keys nobody is kept anywhere; requests go on
	}
	return s, box
}

// set adds a Set-Cookie field.
func set(x *exchange.Exchange, name string, m *made, more string) {
	x.Response.Header.AddString("Set-Cookie", x.Build(func(b []byte) []byte {
		return appendCookie(b, name, m.value, m.expires, more)
	}))
}

// unused is the value of the cookies that would carry on a longer value.
var unused = []byte("_remove_")

// setApplication sets the cookies of a session that the application began. The value fits the first of them; the others
// are cleared.
func setApplication(x *exchange.Exchange, m *made) {
	more := ""
	if agent, _ := x.Request.Header.Get("User-Agent"); x.HTTPS && crossSiteBrowser(agent) {
		more = crossSite
	}
	set(x, cookieApplication, m, more)
	rest := &made{value: unused, expires: m.expires}
	for _, name := range []string{"AWSALBAPP-1", "AWSALBAPP-2", "AWSALBAPP-3"} {
		set(x, name, rest, more)
	}
}

// crossSiteBrowser says whether a browser asks for SameSite=None on cookies of other sites: Chromium from version 80 on.
func crossSiteBrowser(agent []byte) bool {
	for _, product := range []string{"Chrome/", "Chromium/"} {
		_, rest, found := strings.Cut(string(agent), product)
		if !found {
			continue
		}
		digits := rest
		for i := range len(rest) {
			if rest[i] < '0' || rest[i] > '9' {
				digits = rest[:i]
				break
			}
		}
		n, err := strconv.Atoi(digits)
		return err == nil && n >= 80
	}
	return false
}
