package store_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

func forward(arn string) []types.Action {
	return []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &arn}}
}

// fill puts a load balancer "lb" with listener "l", rules "default" and "r", and groups "one" and "two" into a store.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	update(t, s, func(x *store.Tx) error {
		at, err := x.Address()
		x.PutLoadBalancer(&store.LoadBalancer{ARN: "lb", Seq: x.Next(), Address: at, Created: time.Unix(1, 0).UTC()})
		x.PutTargetGroup(&store.TargetGroup{ARN: "one", Seq: x.Next()})
		x.PutTargetGroup(&store.TargetGroup{ARN: "two", Seq: x.Next()})
		x.PutListener(&store.Listener{ARN: "l", Seq: x.Next(), LoadBalancer: "lb", Port: 80})
		x.PutRule(&store.Rule{ARN: "default", Seq: x.Next(), Listener: "l", Actions: forward("one")})
		x.PutRule(&store.Rule{ARN: "r", Seq: x.Next(), Listener: "l", Priority: 9, Actions: forward("one")})
		return err
	})
}

func update(t *testing.T, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(f); err != nil {
		t.Fatal(err)
	}
}

func snapshot(t *testing.T, s *store.Store) string {
	t.Helper()
	text, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAFailedChangeLeavesEverythingAsItWas(t *testing.T) {
	s := store.New(store.Options{})
	fill(t, s)
	before, version := snapshot(t, s), s.Version()
	no := errors.New("no")
	err := s.Update(func(x *store.Tx) error {
		x.ID()
		x.SetTargets("one", []store.Target{{ID: "10.0.0.1"}})
		x.PutRule(&store.Rule{ARN: "r2", Seq: x.Next(), Listener: "l", Priority: 1, Actions: forward("two")})
		x.DeleteLoadBalancer("lb")
		x.DeleteTargetGroup("two")
		x.PutLoadBalancer(&store.LoadBalancer{ARN: "lb2"})
		return no
	})
	if !errors.Is(err, no) || s.Version() != version {
		t.Errorf("error %v, version %d, was %d", err, s.Version(), version)
	}
	if diff := cmp.Diff(before, snapshot(t, s)); diff != "" {
		t.Error(diff)
	}
	s.View(func(x *store.State) {
		if len(x.Rules("l")) != 2 || len(x.Behind("lb")) != 1 || len(x.Users("two")) != 0 || len(x.Users("one")) != 1 {
			t.Errorf("rules %v, behind %v, users of two %v", x.Rules("l"), x.Behind("lb"), x.Users("two"))
		}
	})
}

func TestUsersOfAGroupFollowItsRules(t *testing.T) {
	s := store.New(store.Options{})
	fill(t, s)
	users := func(group string) (n int) {
		s.View(func(x *store.State) { n = len(x.Users(group)) })
		return n
	}
	update(t, s, func(x *store.Tx) error {
		r := *x.Rule("r")
		r.Actions = forward("two")
		x.PutRule(&r)
		return nil
	})
	if users("one") != 1 || users("two") != 1 {
		t.Errorf("after a rule moved: %d and %d users", users("one"), users("two"))
	}
	update(t, s, func(x *store.Tx) error { x.DeleteRule("r"); return nil })
	if users("two") != 0 {
		t.Errorf("after the rule went: %d users", users("two"))
	}
	update(t, s, func(x *store.Tx) error { x.DeleteListener("l"); return nil })
	if users("one") != 0 {
		t.Errorf("after the listener went: %d users", users("one"))
	}
}

func TestAWatchTellsEachChangeOnceHoweverSlowItsReader(t *testing.T) {
	s := store.New(store.Options{})
	fill(t, s)
	w := s.Watch()
	<-w.Wake()
	if c := w.Take(); !c.LoadBalancers["lb"] || !c.TargetGroups["one"] || c.Version != s.Version() {
		t.Errorf("at first: %+v", c)
	}
	for _, id := range []string{"10.0.0.1", "10.0.0.2"} {
		update(t, s, func(x *store.Tx) error { x.SetTargets("one", []store.Target{{ID: id}}); return nil })
	}
	update(t, s, func(x *store.Tx) error { x.DeleteRule("r"); return nil })
	<-w.Wake()
	want := &store.Changes{
		LoadBalancers: map[string]bool{"lb": true}, TargetGroups: map[string]bool{}, Targets: map[string]bool{"one": true}, Version: s.Version(),
	}
	if diff := cmp.Diff(want, w.Take()); diff != "" {
		t.Error(diff)
	}
	w.Stop()
	update(t, s, func(x *store.Tx) error { x.DeleteTargetGroup("two"); return nil })
	select {
	case <-w.Wake():
		t.Error("a stopped watch was told of a change")
	default:
	}
}

func TestTheLowestFreeAddressIsGiven(t *testing.T) {
	s := store.New(store.Options{Addresses: netip.MustParsePrefix("127.9.0.0/30")})
	give := func(arn string) (string, error) {
		var at netip.Addr
		err := s.Update(func(x *store.Tx) (err error) {
			if at, err = x.Address(); err == nil {
				x.PutLoadBalancer(&store.LoadBalancer{ARN: arn, Address: at})
			}
			return err
		})
		return at.String(), err
	}
	for i, want := range []string{"127.9.0.1", "127.9.0.2", "127.9.0.3"} {
		if got, err := give(string(rune('a' + i))); err != nil || got != want {
			t.Errorf("got %s %v, want %s", got, err, want)
		}
	}
	if _, err := give("d"); !errors.Is(err, store.ErrNoAddress) {
		t.Errorf("a fourth one: %v", err)
	}
	update(t, s, func(x *store.Tx) error { x.DeleteLoadBalancer("b"); return nil })
	if got, err := give("e"); err != nil || got != "127.9.0.2" {
		t.Errorf("after one went: %s %v", got, err)
	}
}

func TestTheSameSeedGivesTheSameIDs(t *testing.T) {
	ids := func(seed string) (out []string) {
		s := store.New(store.Options{Seed: seed})
		update(t, s, func(x *store.Tx) error {
			out = append(out, x.ID(), x.ID(), x.Digits())
			x.PutTrustStore(&store.TrustStore{ARN: "t"})
			return nil
		})
		return out
	}
	if diff := cmp.Diff(ids("a"), ids("a")); diff != "" {
		t.Error(diff)
	}
	a, b := ids("a"), ids("b")
	if a[0] == b[0] || a[0] == a[1] || len(a[0]) != 16 || len(a[2]) != 10 {
		t.Errorf("ids %v and %v", a, b)
	}
}

func TestASavedStateComesBackAndABrokenOneIsRefused(t *testing.T) {
	s := store.New(store.Options{})
	fill(t, s)
	update(t, s, func(x *store.Tx) error {
		r := *x.Rule("r")
		r.Actions = append(r.Actions, types.Action{AuthenticateOidcConfig: &types.AuthenticateOidcActionConfig{
			ClientSecret: aws.String(`hu"sh\":null,`), AuthenticationRequestExtraParams: map[string]string{"b": "1", "a": "2"},
		}})
		x.PutRule(&r)
		return nil
	})
	text := snapshot(t, s)
	if strings.Contains(strings.ReplaceAll(text, `\":null`, ""), "null") || !json.Valid([]byte(text)) {
		t.Errorf("the text is not JSON, or holds nulls: %s", text)
	}
	again := store.New(store.Options{})
	w := again.Watch()
	w.Take()
	if err := again.Restore([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, snapshot(t, again)); diff != "" {
		t.Error(diff)
	}
	if c := w.Take(); !c.LoadBalancers["lb"] || !c.TargetGroups["two"] {
		t.Errorf("the watch was told of %+v", c)
	}
	for what, broken := range map[string]string{
		"no JSON":               text[:len(text)/2],
		"another format":        strings.Replace(text, `"format":1`, `"format":2`, 1),
		"a rule's group gone":   strings.Replace(text, `"arn":"one"`, `"arn":"three"`, 1),
		"a listener's balancer": strings.Replace(text, `"loadBalancer":"lb"`, `"loadBalancer":"other"`, 1),
		"no default rule":       strings.Replace(text, `"priority":0`, `"priority":3`, 1),
		"a null":                `{"format": 1, "rules": [null]}`,
	} {
		if err := again.Restore([]byte(broken)); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	if diff := cmp.Diff(text, snapshot(t, again)); diff != "" {
		t.Errorf("a refused file changed the state: %s", diff)
	}
}
