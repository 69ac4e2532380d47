package ingressnginx

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// TestTheOrderOfObjectsNeverMatters is property 2.
func TestTheOrderOfObjectsNeverMatters(t *testing.T) {
	b := testBuilder()
	rapid.Check(t, func(t *rapid.T) {
		world := drawWorld(t)
		keys := sortedKeys(world)
		shuffled := rapid.Permutation(keys).Draw(t, "order")
		one, two := buildAll(b, setOf(world, keys)), buildAll(b, setOf(world, shuffled))
		if len(one) != len(two) {
			t.Fatalf("%d units in one order, %d in another", len(one), len(two))
		}
		for k, u := range one {
			if text(u) != text(two[k]) {
				t.Fatalf("unit %s differs:\n%s\nand\n%s", k, text(u), text(two[k]))
			}
		}
	})
}

// TestAChangeTouchesOnlyTheUnitsThatAreSaid checks UnitsOf: whatever changes, units that are not listed for it before or
// after stay as they are.
func TestAChangeTouchesOnlyTheUnitsThatAreSaid(t *testing.T) {
	b := testBuilder()
	rapid.Check(t, func(t *rapid.T) {
		world := drawWorld(t)
		set := setOf(world, sortedKeys(world))
		in := build.Input{Objects: set}
		before := buildAll(b, set)

		changed := drawObject(t, "changed")
		k, _ := objects.KeyOf(changed)
		said := b.UnitsOf(in, k)
		if rapid.Bool().Draw(t, "delete") {
			set.Delete(k)
		} else {
			set.Put(changed)
		}
		said = append(said, b.UnitsOf(in, k)...)
		after := buildAll(b, set)

		all := map[string]bool{}
		for key := range before {
			all[key] = true
		}
		for key := range after {
			all[key] = true
		}
		for key := range all {
			if !slices.Contains(said, key) && text(before[key]) != text(after[key]) {
				t.Fatalf("a change of %v changed unit %s, which was not said (%v):\n%s\nbecame\n%s",
					k, key, said, text(before[key]), text(after[key]))
			}
		}
	})
}

// TestAnIngressChangesOnlyHostsThatItNames is property 5. A wildcard host names what lies below it: its tls section
// decides whether plain HTTP is redirected there.
func TestAnIngressChangesOnlyHostsThatItNames(t *testing.T) {
	b := testBuilder()
	rapid.Check(t, func(t *rapid.T) {
		world := drawWorld(t)
		set := setOf(world, sortedKeys(world))
		before := buildAll(b, set)
		changed := drawIngress(t, "changed")
		k, _ := objects.KeyOf(changed)
		named := objects.HostsOf(changed)
		if old := set.Ingress(k.Name); old != nil {
			named = append(named, objects.HostsOf(old)...)
		}
		set.Put(changed)
		for key, u := range buildAll(b, set) {
			host, isHost := strings.CutPrefix(key, keyHost)
			below := host != "" && slices.Contains(named, "*."+objects.DomainOf(host))
			if !isHost || slices.Contains(named, host) || below {
				continue
			}
			if serving(before[key]) != serving(u) {
				t.Fatalf("%v names %q and changed %s:\n%s\nbecame\n%s", k, named, key, serving(before[key]), serving(u))
			}
		}
	})
}

// TestEveryHostEndsInARuleForTheRest checks what the data plane relies on.
func TestEveryHostEndsInARuleForTheRest(t *testing.T) {
	b := testBuilder()
	rapid.Check(t, func(t *rapid.T) {
		world := drawWorld(t)
		for key, u := range buildAll(b, setOf(world, sortedKeys(world))) {
			host, isHost := strings.CutPrefix(key, keyHost)
			if !isHost || u.Model == nil {
				continue
			}
			checkHostRules(t, host, u.Model)
		}
	})
}

func checkHostRules(t *rapid.T, host string, m *model.Model) {
	rules := m.LoadBalancers[0].Listeners[0].Rules
	groups := map[string]bool{}
	for _, g := range m.TargetGroups {
		groups[g.ID] = true
	}
	lists := map[string]bool{}
	for _, l := range m.UserLists {
		lists[l.ID] = true
	}
	rest := 0
	for i, r := range rules {
		if r.Priority != int32(i+1) {
			t.Fatalf("rule %d of %q has priority %d", i, host, r.Priority)
		}
		onlyHost := len(r.Conditions) == 0 && host == "" || len(r.Conditions) == 1 && host != ""
		if onlyHost {
			rest++
		}
		if host != "" && (r.Conditions[0].Field != model.HostHeader || r.Conditions[0].Values[0] != host) {
			t.Fatalf("rule %d of %q does not begin with its host", i, host)
		}
		if f := r.Actions[0].Forward; f != nil {
			for _, g := range f.TargetGroups {
				if !groups[g.TargetGroup] {
					t.Fatalf("rule %d of %q forwards to %s, which is not in the unit", i, host, g.TargetGroup)
				}
			}
		}
		if p := r.Policy; p != nil && p.BasicAuth != nil && !lists[p.BasicAuth.Users] {
			t.Fatalf("rule %d of %q asks the user list %s, which is not in the unit", i, host, p.BasicAuth.Users)
		}
	}
	last := rules[len(rules)-1]
	if len(last.Conditions) > 1 || len(last.Conditions) == 1 && host == "" || rest != 1 {
		t.Fatalf("the rules of %q do not end in exactly one for the rest:\n%s", host, model.Print(m))
	}
}

// FuzzIngress builds whatever the API server's decoder makes of a text.
func FuzzIngress(f *testing.F) {
	for _, seed := range []string{
		`{"metadata":{"name":"a"},"spec":{"ingressClassName":"nginx","rules":[{"host":"a.example","http":null}]}}`,
		`{"metadata":{"name":"a"},"spec":{"ingressClassName":"nginx","defaultBackend":{}}}`,
		`{"metadata":{"name":"a","annotations":{"nginx.ingress.kubernetes.io/rewrite-target":"/$x"}},"spec":{"ingressClassName":"nginx",` +
			`"tls":[{"hosts":[""]}],"rules":[{"host":"*.a","http":{"paths":[{"path":"/(?P<x>.)","backend":{"service":{"name":"s"}}}]}}]}}`,
	} {
		f.Add([]byte(seed))
	}
	b := testBuilder()
	f.Fuzz(func(t *testing.T, data []byte) {
		var ing networkingv1.Ingress
		if json.Unmarshal(data, &ing) != nil {
			return
		}
		set := objects.NewSet()
		set.Put(ingressClass("nginx", "k8s.io/ingress-nginx"))
		k, _ := set.Put(&ing)
		units := buildAll(b, set)
		for _, key := range b.UnitsOf(build.Input{Objects: set}, k) {
			if _, ok := units[key]; !ok {
				t.Fatalf("unit %q is said for the Ingress but is not among the units", key)
			}
		}
	})
}
