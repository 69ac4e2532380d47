package inspect

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// judge is an inspector for tests.
type judge func(ctx context.Context, acl string, x *exchange.Exchange) (exchange.Inspection, error)

func (j judge) Inspect(ctx context.Context, acl string, x *exchange.Exchange) (exchange.Inspection, error) {
	return j(ctx, acl, x)
}

func TestInspectionDecidesAndIsLogged(t *testing.T) {
	broken := errors.New("unreachable")
	for _, c := range []struct {
		say      string
		found    exchange.Inspection
		err      error
		takes    time.Duration
		failOpen bool
		status   int // 0: goes on
		actions  string
		reason   string
		body     string
	}{
		{say: "allowed requests go on", actions: "waf"},
		{say: "blocked ones get 403", found: exchange.Inspection{Block: true}, status: 403, actions: "waf"},
		{
			say:    "or what the web ACL says",
			found:  exchange.Inspection{Block: true, Status: 429, ContentType: "text/plain", Body: []byte("slower")},
			status: 429, actions: "waf", body: "slower",
		},
		{say: "a status that is none is 403", found: exchange.Inspection{Block: true, Status: 1000}, status: 403, actions: "waf"},
		{say: "failures are 500", err: broken, status: 500, actions: "waf-failed", reason: "WAFServiceError"},
		{say: "unless they let pass", err: broken, failOpen: true, actions: "waf-failed"},
		{
			say: "too late is a failure even with a judgement", found: exchange.Inspection{Block: true}, takes: 2 * time.Second,
			status: 500, actions: "waf-failed", reason: "WAFResponseReadTimeout",
		},
		{say: "which may let pass too", takes: 2 * time.Second, failOpen: true, actions: "waf-failed"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := New(Config{
				WebACL: "acl", FailOpen: c.failOpen, Style: page.Style{Server: true},
				Inspector: judge(func(_ context.Context, acl string, _ *exchange.Exchange) (exchange.Inspection, error) {
					if acl != "acl" {
						t.Errorf("asked for web ACL %q", acl)
					}
					time.Sleep(c.takes)
					return c.found, c.err
				}),
			})
			x := &exchange.Exchange{}
			verdict := f.Request(x)
			if (verdict == exchange.Respond) != (c.status != 0) || x.Response.Status != c.status {
				t.Errorf("%s: verdict %v, status %d, want %d", c.say, verdict, x.Response.Status, c.status)
			}
			if x.Log.Actions.String() != c.actions || x.Log.Reason != c.reason {
				t.Errorf("%s: logged %s %q", c.say, x.Log.Actions, x.Log.Reason)
			}
			if c.body != "" && string(x.Response.Local) != c.body {
				t.Errorf("%s: body %q", c.say, x.Response.Local)
			}
		})
	}
}

func TestThereIsNoStepWithoutAWebACLOrAnInspector(t *testing.T) {
	ask := judge(func(context.Context, string, *exchange.Exchange) (exchange.Inspection, error) {
		return exchange.Inspection{}, nil
	})
	for _, c := range []Config{{WebACL: "acl"}, {Inspector: ask}, {Inspector: ask, WebACL: "none"}} {
		if New(c) != nil {
			t.Errorf("%+v makes a step", c)
		}
	}
	if b, ok := New(Config{Inspector: ask, WebACL: "acl"}).(exchange.Blocking); !ok || !b.Blocks() {
		t.Error("the step does not say that it may wait")
	}
}
