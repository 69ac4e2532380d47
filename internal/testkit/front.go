package testkit

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

// front is a running proxy on loopback for one case.
type front struct {
	loadBalancer string
	network      *network
	server       *proxy.Server
	// provider logs users in; nil without the option.
	provider *provider.Provider
	// watch sees the server's access log and metrics; nil sees nothing.
	watch *watch
	// services are the Services that target groups belong to, "namespace/name" by the group's ID in what the proxy serves.
	services map[string]string
	// jars hold what clients keep between their requests, by name.
	jars map[string]*jar
	// sessions hold the TLS session tickets of clients, by name.
	sessions map[string]tls.ClientSessionCache
}

// openFront starts a proxy that ends with the test.
func openFront(t *testing.T, o Options) *front {
	t.Helper()
	f, err := startFront(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func startFront(o Options) (*front, error) {
	n, err := newNetwork(o.Refuse)
	if err != nil {
		return nil, err
	}
	if o.Provider {
		n.provider = provider.New(providerIssuer)
	}
	// Certificates that only AWS holds are stood in for by the default one.
	w := newWatch()
	server, err := proxy.New(proxy.Options{
		AccessLog: w, Metrics: w.metrics,
		Dial: n.dial, DefaultCertificate: &n.tls.Certificates[0], FilterLoopback: !o.AnyClient,
		Login:     loginOptions(n.provider),
		CheckPace: o.HealthPace, Zone: o.Zone, Outliers: upstream.Outliers{Failures: o.OutlierFailures},
	})
	if err != nil {
		return nil, err
	}
	return &front{loadBalancer: o.LoadBalancer, network: n, server: server, watch: w, provider: n.provider}, nil
}

func (f *front) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	defer f.network.close()
	if err := f.server.Shutdown(ctx); err != nil {
		return fmt.Errorf("the proxy did not come to an end: %w", err)
	}
	return nil
}

func (f *front) apply(t *testing.T, w *world) {
	t.Helper()
	if err := f.take(w); err != nil {
		t.Fatal(err)
	}
}

// take hands a step's results to the proxy, as the edges do: units, then targets, then addresses.
func (f *front) take(w *world) error {
	f.network.learn(w.state.Objects())
	for _, r := range w.results {
		changed, err := units(r)
		if err != nil {
			return err
		}
		f.server.Apply(changed, r.Removed)
		for _, g := range r.Targets {
			f.server.SetTargets(g.Group, g.Targets)
		}
	}
	var places []proxy.Placement
	m := w.state.Model()
	f.services = servicesOf(m)
	for _, b := range m.LoadBalancers {
		for _, l := range b.Listeners {
			places = append(places, proxy.PlacementsOf(b.ID, &l, netip.MustParseAddrPort("127.0.0.1:0"))...)
		}
	}
	return f.server.Place(places)
}

func units(r build.Result) ([]compile.Unit, error) {
	var out []compile.Unit
	for _, u := range r.Changed {
		m, err := withTrustStores(u.Model)
		if err != nil {
			return nil, err
		}
		out = append(out, compile.Unit{Key: u.Key, Model: m})
	}
	return out, nil
}

// servicesOf are the Services of a model's target groups.
func servicesOf(m *model.Model) map[string]string {
	out := map[string]string{}
	for i := range m.TargetGroups {
		if b := m.TargetGroups[i].Binding; b != nil {
			out[m.TargetGroups[i].ID] = b.Namespace + "/" + b.Service
		}
	}
	return out
}

// requests sends the requests of a section, one after another, and says what is wrong with the answers. Those to load
// balancers of AWS are sent once more through AWS, if there is such a path.
func (f *front) requests(text string, through *awsPath) []string {
	all, err := readRequests(text)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	report := func(path string, r *request, problems []string) {
		if len(problems) > 0 {
			out = append(out, r.line+"\n    "+path+": got: "+strings.Join(problems, "\n         "))
		}
	}
	for _, r := range all {
		if r.order != nil {
			pods := f.podsOf(r.order, through)
			report("in process", r, f.obey(r.order, pods))
			if through != nil {
				report("through AWS", r, through.front.await(f.network, r.order, pods))
			}
			continue
		}
		if f.tries(r, through, report) {
			continue
		}
		to, err := f.place(r)
		if err != nil {
			out = append(out, r.line+"\n    "+err.Error())
			continue
		}
		report("in process", r, f.run(r, to))
		if there := through.serving(to); there != nil {
			report("through AWS", r, through.run(r, *there))
		}
	}
	return out
}

// run sends a request as often as it says; the first wrong answer ends it.
func (f *front) run(r *request, to proxy.Placement) []string {
	counts := map[string]int{}
	for range r.times {
		client := f.jar(r.jar)
		before := f.watch.before(r)
		got, err := f.keeping(client.fill(r)).send(to.Address)
		if r.tls.fails {
			problems := append(r.failed(got, err), f.watch.after(r, before)...)
			if len(problems) > 0 {
				return problems
			}
			continue
		}
		if r.flow.outcome != "" {
			problems := r.ended(got, err)
			if before != nil { // it says that there is a line
				f.watch.sent()
				problems = append(problems, f.watch.after(r, before)...)
			}
			if len(problems) > 0 {
				return problems
			}
			continue
		}
		f.watch.sent()
		if err != nil {
			return []string{err.Error()}
		}
		problems := append(r.judge(got), f.explained(client.fill(r), to, got)...)
		problems = append(problems, f.watch.after(r, before)...)
		if problems = append(problems, client.take(r, got)...); len(problems) > 0 {
			return problems
		}
		if seen, ok := got.echo(); ok {
			counts[seen.Service]++
			counts[seen.Service+"/"+seen.Pod]++
		}
	}
	return r.mix(counts)
}

// place finds where a request goes: the listener of its URL's port, of the load balancer that the case names, or of the
// only one with such a port (class nginx's counts only when there is no other).
func (f *front) place(r *request) (proxy.Placement, error) {
	port := int32(80)
	if r.url.Scheme == "https" {
		port = 443
	}
	if text := r.url.Port(); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return proxy.Placement{}, err
		}
		port = int32(n)
	}
	found := f.listeners(port, r.datagrams())
	if len(found) == 0 {
		// A port that only the Host field speaks of.
		found = f.listeners(map[string]int32{"http": 80, "https": 443}[r.url.Scheme], r.datagrams())
	}
	if len(found) != 1 {
		return proxy.Placement{}, fmt.Errorf("%d load balancers have a listener on port %d; name one with the option loadBalancer", len(found), port)
	}
	return found[0], nil
}

func (f *front) listeners(port int32, datagrams bool) []proxy.Placement {
	var found []proxy.Placement
	for _, p := range f.server.Addresses() {
		if p.Port == port && p.Datagrams == datagrams && (f.loadBalancer == "" || p.LoadBalancer == f.loadBalancer) {
			found = append(found, p)
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(p proxy.Placement) bool { return p.LoadBalancer == "nginx" })
	}
	return found
}
