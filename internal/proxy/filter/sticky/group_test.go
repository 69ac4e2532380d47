package sticky

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func forwarding(seconds int32, ids ...string) *model.Forward {
	f := &model.Forward{Stickiness: &model.GroupStickiness{Enabled: true, DurationSeconds: seconds}}
	for _, id := range ids {
		f.TargetGroups = append(f.TargetGroups, model.WeightedTargetGroup{TargetGroup: id})
	}
	return f
}

func TestAClientStaysWithItsTargetGroup(t *testing.T) {
	jar := NewJar(keeper(t, 1))
	f := NewGroup(jar, forwarding(60, "blue", "green"))
	x := request(newGroup("green", "", time.Hour), noon)
	f.Request(x)
	names, fields := answer(f, x, 7)
	if !slices.Equal(names, []string{"AWSALBTG", "AWSALBTGCORS"}) || !strings.HasSuffix(fields[1], "; Path=/; SameSite=None; Secure") {
		t.Fatalf("set %q", fields)
	}
	green := exchange.GroupNumber("green")
	value := strings.TrimPrefix(pair(fields[0]), "AWSALBTG=")
	for _, c := range []struct {
		say    string
		filter exchange.Filter
		after  time.Duration
		cookie string
		want   uint64
		reason string
	}{
		{"at once", f, 0, "AWSALBTG=" + value, green, ""},
		{"by the twin", f, 0, "AWSALBTGCORS=" + value, green, ""},
		{"the twin is broken", f, 0, "AWSALBTGCORS=x; AWSALBTG=" + value, green, ""},
		{"past its time", f, time.Minute, "AWSALBTG=" + value, 0, ""},
		{"of an action that does not know the group", NewGroup(jar, forwarding(60, "blue", "red")), 0, "AWSALBTG=" + value, 0, ""},
		{"nonsense", f, 0, "AWSALBTG=nonsense", 0, "AWSALBTGCookieInvalid"},
		{"URL-encoded", f, 0, "AWSALBTG=" + value[:5] + "%2B" + value[5:], 0, "AWSALBTGCookieInvalid"},
		{"empty", f, 0, "AWSALBTG=", 0, "AWSALBTGCookieInvalid"},
		{"no cookie", f, 0, "a=b", 0, ""},
	} {
		x := request(nil, noon.Add(c.after), c.cookie)
		c.filter.Request(x)
		if x.Stick.Group != c.want || x.Log.Reason != c.reason {
			t.Errorf("%s: stays with group %d, want %d; reason %q, want %q", c.say, x.Stick.Group, c.want, x.Log.Reason, c.reason)
		}
	}
}

func TestSeveralActionsShareTheGroupCookie(t *testing.T) {
	jar := NewJar(keeper(t, 1))
	one, two := NewGroup(jar, forwarding(60, "a", "b")), NewGroup(jar, forwarding(60, "c", "d"))
	cookie := ""
	for _, step := range []struct {
		filter exchange.Filter
		group  string
	}{{one, "a"}, {two, "d"}, {one, "b"}} {
		x := request(newGroup(step.group, "", time.Hour), noon, cookie)
		step.filter.Request(x)
		_, fields := answer(step.filter, x, 7)
		cookie = pair(fields[0])
	}
	for _, c := range []struct {
		filter exchange.Filter
		want   string
	}{{one, "b"}, {two, "d"}} {
		x := request(nil, noon, cookie)
		c.filter.Request(x)
		if x.Stick.Group != exchange.GroupNumber(c.want) {
			t.Errorf("the client does not stay with %s", c.want)
		}
	}
}

func TestOnlyEnabledStickinessMakesAStep(t *testing.T) {
	jar := NewJar(keeper(t, 1))
	off := forwarding(60, "a", "b")
	off.Stickiness.Enabled = false
	for _, f := range []*model.Forward{nil, {}, off} {
		if NewGroup(jar, f) != nil {
			t.Errorf("a step was made for %+v", f)
		}
	}
}
