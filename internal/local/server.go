package local

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// Options are what serving needs. The zero value of a member has the default that is named.
type Options struct {
	// Sources are files, directories and "-"; Stdin is read when "-" is among them.
	Sources []string
	Stdin   io.Reader
	Classes Classes
	// Address is where class nginx listens; 127.0.0.1. Ports that are 0 are any free ones.
	Address             netip.Addr
	HTTPPort, HTTPSPort uint16
	// StateFile is where the state is written; nowhere when empty.
	StateFile string
	// Out gets what people read; nobody does when nil.
	Out io.Writer
	// AccessLog gets a line per request; nobody does when nil.
	AccessLog io.Writer
	// LogFolder is where logs of load balancers are delivered to that ask for a bucket; empty: nowhere.
	LogFolder string
	// Driver and Zone are those of proxy.Options.
	Driver, Zone string
	// HTTP3 is that of proxy.Options, and so are the limits for clients.
	HTTP3                                  bool
	MaxConnections, MaxPerClient, BodyRate int
	// Metrics gets the proxy's metrics; nobody does when nil.
	Metrics prometheus.Registerer
	// Logger is told of what goes wrong inside; nobody is when nil.
	Logger *slog.Logger
	// Version is written to the state file.
	Version string
	// Inherited are the sockets of a process that this one replaces, and Note what its HandOver said; nil and empty when it
	// replaces nobody.
	Inherited proxy.Inheritance
	Note      string
	// Watch sets the pace of watching files.
	Watch manifest.WatchOptions
}

// Server serves manifests until it is closed.
type Server struct {
	options    Options
	loader     *manifest.Loader
	proxy      *proxy.Server
	runner     *runner
	forwarders *forwarders
	claims     []net.Listener
	file       stateFile
	keys       keys
	printer    Printer

	// mu guards what follows: changes and looks at health come from two goroutines.
	mu      sync.Mutex
	engine  *engine
	placer  *placer
	places  map[listenerKey]netip.AddrPort
	model   *model.Model
	changes int
	// leaving says that another process takes over or has taken over.
	leaving bool
	// diags are what was said about serving itself at the last change.
	diags []diag.Diagnostic
	state State
}

// Start loads the manifests and serves them. An error means that nothing is served: class nginx's ports are taken, or
// none of the sources can be read.
func Start(o Options) (*Server, error) {
	o.fill()
	before, err := readPlaces(o.Note)
	if err != nil {
		return nil, err
	}
	nginx, err := nginxPlaces(&o, before)
	if err != nil {
		return nil, err
	}
	machine := thisMachine()
	certs := newCertificates()
	tlsConfig, err := PodTLS()
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: o, loader: manifest.NewLoader(o.Sources, o.Stdin, manifest.Limits{}),
		runner: newRunner(machine, tlsConfig), placer: newPlacer(machine, nginx),
		file: stateFile{path: o.StateFile}, printer: *NewPrinter(o.Out),
	}
	loaded, _ := s.loader.Load()
	if err := readable(loaded, o.Sources); err != nil {
		return nil, err
	}
	nodes, claims := claimNodes(machine)
	s.claims, s.forwarders = claims, newForwarders(nodes)
	if s.engine, err = newEngine(o.Classes, nodes, certs); err == nil {
		s.keys, err = openKeys(o.StateFile)
	}
	var fallback *tls.Certificate
	if err == nil {
		fallback, err = certs.fallback()
	}
	if err == nil {
		s.proxy, err = proxy.New(proxy.Options{
			DefaultCertificate: fallback,
			Logger:             o.Logger, AccessLog: o.AccessLog, LogFolder: proxy.LogFolder{Path: o.LogFolder}, Metrics: o.Metrics, Keys: s.keys.keeper, Driver: o.Driver, Zone: o.Zone, HTTP3: o.HTTP3, HTTP3Port: o.HTTPSPort, MaxConnections: o.MaxConnections, MaxPerClient: o.MaxPerClient, BodyRate: o.BodyRate, Inherited: o.Inherited, Login: proxy.LoginOptions{Loopback: true, CognitoSecret: s.engine.secrets.secret},
		})
	}
	if err != nil {
		s.release()
		return nil, err
	}
	s.placer.resume(before)
	s.change(loaded)
	return s, nil
}

func (o *Options) fill() {
	if !o.Address.IsValid() {
		o.Address = localhost
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// nginxPlaces finds the addresses of class nginx's ports 80 and 443: those of the process before, else those asked for.
func nginxPlaces(o *Options, before places) (map[int32]netip.AddrPort, error) {
	out := map[int32]netip.AddrPort{}
	for _, p := range []struct {
		listener int32
		port     *uint16
		flag     string
		served   *int32
	}{
		{80, &o.HTTPPort, "--http-port", &o.Classes.ServedHTTPPort},
		{443, &o.HTTPSPort, "--https-port", &o.Classes.ServedHTTPSPort},
	} {
		if at, ok := before.Nginx[p.listener]; ok && at.Addr() == o.Address && (*p.port == 0 || *p.port == at.Port()) {
			*p.port, *p.served = at.Port(), int32(at.Port())
			out[p.listener] = at
			continue
		}
		l, err := listenFor(netip.AddrPortFrom(o.Address, *p.port))
		if err != nil {
			choose := p.flag
			if errors.Is(err, syscall.EADDRNOTAVAIL) {
				choose = "--address"
			}
			return nil, fmt.Errorf("port %d of %s cannot be opened: %s; choose another one with %s", *p.port, o.Address, bindReason(err), choose)
		}
		at := l.Addr().(*net.TCPAddr).AddrPort() //nolint:forcetypeassert // a TCP listener has no other
		if err := l.Close(); err != nil {
			return nil, fmt.Errorf("trying port %d: %w", *p.port, err)
		}
		*p.port, *p.served = at.Port(), int32(at.Port())
		out[p.listener] = netip.AddrPortFrom(o.Address, at.Port())
	}
	return out, nil
}

// listenFor tries an address that is to be opened again in a moment. A port that may be any one is looked for below those
// that the system gives to everybody who asks for any, so that nobody takes it in between.
func listenFor(at netip.AddrPort) (net.Listener, error) {
	const first, count = 20_000, 12_000
	if at.Port() != 0 {
		return listen(at)
	}
	for range 64 {
		if l, err := listen(netip.AddrPortFrom(at.Addr(), first+uint16(rand.IntN(count)))); err == nil {
			return l, nil
		}
	}
	return listen(at)
}

// readable is an error when none of the sources can be read at all: a wrong path should not leave an idle server behind.
func readable(l *manifest.Loaded, sources []string) error {
	if l.Files > 0 || slices.ContainsFunc(l.Diagnostics, func(d diag.Diagnostic) bool { return d.Code == diag.ManifestNone.Code }) {
		return nil
	}
	var all []error
	for _, d := range l.Diagnostics {
		all = append(all, fmt.Errorf("%s %s", d.File, d.Text))
	}
	if len(all) == 0 {
		return fmt.Errorf("there are no manifests in %q", sources)
	}
	return errors.Join(all...)
}

// change brings everything in line with a new load. The order keeps every request answered: first what requests are sent
// to, then the rules, then the sockets, and only then are stand-ins stopped that nobody needs any more.
func (s *Server) change(loaded *manifest.Loaded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c diag.Collector
	var stale []standInKey
	r := s.engine.update(loaded, func(places []place, into *diag.Collector) []*discoveryv1.EndpointSlice {
		endpoints, unneeded := s.runner.ensure(places, into)
		stale = unneeded
		return endpoints
	})
	s.forwarders.ensure(s.engine.state.Objects(), &c)
	last := s.model
	s.model = s.engine.state.Model()
	given := s.placer.place(s.model.LoadBalancers)
	s.apply(r, given)
	s.forget(last)
	c.Append(s.place(given)...)
	s.runner.stop(stale)
	s.diags = c.Sorted()
	s.changes++
	s.publish()
}

// place opens the sockets of the load balancers that there are now. Those that could not be opened are tried again at the
// next change.
func (s *Server) place(given map[listenerKey]netip.AddrPort) []diag.Diagnostic {
	var list []proxy.Placement
	for _, k := range slices.SortedFunc(maps.Keys(given), listenerKey.compare) {
		for _, l := range listenersAt(s.model, k) {
			list = append(list, proxy.PlacementsOf(k.lb, l, given[k])...)
		}
	}
	var c diag.Collector
	for _, e := range bindErrors(s.proxy.Place(list)) {
		c.Add(diag.LocalListenFailed, diag.Object{Kind: loadBalancerKind, Name: e.Placement.LoadBalancer}, "",
			diag.A("port", e.Placement.Port), diag.A("reason", bindReason(e.Err)))
	}
	s.places = map[listenerKey]netip.AddrPort{}
	for _, p := range s.proxy.Addresses() {
		s.places[listenerKey{p.LoadBalancer, p.Port}] = p.Address
	}
	c.Append(s.placer.diagnostics()...)
	return named(s.model, c.Sorted())
}

// listenersAt are those of a load balancer on a port: one, or one for TCP and one for UDP.
func listenersAt(m *model.Model, k listenerKey) []*model.Listener {
	var out []*model.Listener
	for i := range m.LoadBalancers {
		for j := range m.LoadBalancers[i].Listeners {
			if l := &m.LoadBalancers[i].Listeners[j]; m.LoadBalancers[i].ID == k.lb && l.Port == k.port {
				out = append(out, l)
			}
		}
	}
	return out
}

// bindErrors takes a joined error apart.
func bindErrors(err error) []*proxy.BindError {
	var one *proxy.BindError
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &joined):
		var out []*proxy.BindError
		for _, e := range joined.Unwrap() {
			out = append(out, bindErrors(e)...)
		}
		return out
	case errors.As(err, &one):
		return []*proxy.BindError{one}
	}
	return []*proxy.BindError{{Err: err}}
}

// apply hands changed units and targets to the proxy.
func (s *Server) apply(r build.Result, given map[listenerKey]netip.AddrPort) {
	var changed []compile.Unit
	for _, u := range r.Changed {
		changed = append(changed, compile.Unit{Key: u.Key, Model: visible(u.Model, given)})
	}
	s.proxy.Apply(changed, r.Removed)
	for _, t := range r.Targets {
		s.proxy.SetTargets(t.Group, t.Targets)
	}
}

// forget drops the metrics of Ingresses and load balancers that the model had and has no more.
func (s *Server) forget(last *model.Model) {
	if last == nil {
		return
	}
	gone := ingressesOf(last)
	for n := range ingressesOf(s.model) {
		delete(gone, n)
	}
	for n := range gone {
		s.proxy.Metrics().Forget(n.Namespace, n.Name)
	}
	for i := range last.LoadBalancers {
		id := last.LoadBalancers[i].ID
		if !slices.ContainsFunc(s.model.LoadBalancers, func(lb model.LoadBalancer) bool { return lb.ID == id }) {
			s.proxy.Metrics().ForgetLoadBalancer(id)
		}
	}
}

// ingressesOf are the Ingresses that rules come from.
func ingressesOf(m *model.Model) map[objects.Name]bool {
	out := map[objects.Name]bool{}
	for i := range m.LoadBalancers {
		for _, l := range m.LoadBalancers[i].Listeners {
			for j := range l.Rules {
				source := &l.Rules[j].Source
				out[objects.Name{Namespace: source.Namespace, Name: source.Name}] = true
			}
		}
	}
	return out
}

// publish writes the state where people and programs look for it. s.mu is held.
func (s *Server) publish() {
	st := s.engine.view(s.model, s.places, s.health())
	st.Version, st.PID, st.Sources, st.Changes = s.options.Version, os.Getpid(), s.options.Sources, s.changes
	var c diag.Collector
	c.Append(s.engine.diagnostics()...)
	c.Append(s.engine.loaded.Locate(s.diags)...)
	c.Append(s.engine.loaded.Locate(s.proxy.Snapshot().Diagnostics())...)
	st.Diagnostics = DiagnosticStates(BySeverity(c.Sorted()))
	s.state = s.write(st)
	s.printer.Print(s.state)
}

// write writes the state file and notes in the state when that was not possible.
func (s *Server) write(st State) State {
	if s.leaving {
		return st // the process that takes over writes it
	}
	if err := s.file.write(st); err != nil {
		d := diag.New(diag.LocalStateFile, diag.Object{Kind: "File", Name: s.options.StateFile}, "", diag.A("reason", err))
		st.Diagnostics = append(DiagnosticStates([]diag.Diagnostic{d}), st.Diagnostics...)
	}
	return st
}

// State is what is served now.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Explain says which way a request takes through a listener now.
func (s *Server) Explain(lb string, port int32, p compile.Probe) *compile.Trace {
	return s.proxy.Snapshot().Explain(lb, port, p)
}

// Run follows the files until ctx ends.
func (s *Server) Run(ctx context.Context) {
	var looking sync.WaitGroup
	looking.Go(func() { s.lookAtHealth(ctx) })
	if f := s.keys.file; f != nil {
		looking.Go(func() {
			f.Run(ctx, func(err error) {
				s.options.Logger.Error("the keys of cookies and tickets stay as they are", "error", err)
			})
		})
	}
	manifest.Watch(ctx, s.loader, s.options.Watch, s.change)
	looking.Wait()
}

// lookAtHealth keeps the health in the state up to date; nobody is told of it on the terminal.
func (s *Server) lookAtHealth(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.mu.Lock()
			if groups := targetGroupStates(s.model, s.health()); !reflect.DeepEqual(groups, s.state.TargetGroups) {
				s.state.TargetGroups = groups
				s.state = s.write(s.state)
			}
			s.mu.Unlock()
		}
	}
}

// health says how the targets of the proxy's groups are.
func (s *Server) health() healthOf {
	type key struct {
		group, id string
		port      int32
	}
	states := map[key]string{}
	for _, g := range s.proxy.Groups() {
		for i := range g.Targets {
			t := &g.Targets[i]
			text := string(t.State)
			if t.Reason != "" {
				text += " (" + string(t.Reason) + ")"
			}
			states[key{g.ID, t.ID, t.Port}] = text
		}
	}
	return func(group string, t *model.Target) string {
		return cmp.Or(states[key{group, t.ID, t.Port}], unknownHealth(group, t))
	}
}

// Close lets requests in flight end until ctx does, and gives everything back.
func (s *Server) Close(ctx context.Context) error {
	if s.replaced() {
		// Somebody serves already: there is time to let clients close their connections.
		drain, cancel := context.WithTimeout(ctx, drainFor)
		s.proxy.Drain(drain)
		cancel()
	}
	err := s.proxy.Shutdown(ctx)
	s.release()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.leaving {
		s.file.remove()
	}
	return err
}

func (s *Server) release() {
	s.forwarders.close()
	s.runner.close()
	for _, c := range s.claims {
		_ = c.Close() // a claim is only held
	}
}
