package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/handover"
	"github.com/gwanmun/gwanmun/internal/local"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	sourceFlags
	address             string
	httpPort, httpsPort uint16
	stateFile           string
	accessLog           string
	logFolder           string
	driver, zone        string
	http3               bool
	limits              clientLimits
	metrics             string
	once                bool
	grace               time.Duration
}

func newServe(s streams) *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve -f FILE|DIR ...",
		Short: "Serve Ingresses from manifests, without a cluster",
		Long: "Serve reads manifests and serves their Ingresses on this machine, and follows the files: a change is served within\n" +
			"a second. Class nginx is served on --http-port and --https-port; each load balancer of class alb has a loopback\n" +
			"address of its own. Pods that exist only as manifests are stood in for by a server that answers with what it\n" +
			"received; the annotation local.gwanmun.dev/address on a Pod or Service puts a process of your own in their place.\n\n" +
			"Ctrl-C lets requests end and leaves; a second Ctrl-C leaves at once. The signal USR2 starts the binary anew, with the\n" +
			"same arguments, and hands all sockets over: no connection is refused, and what was begun ends in the old process.",
		Example: "  gwanmun serve -f examples\n  gwanmun serve -f ingress.yaml -f services.yaml --http-port 80 --state-file /tmp/gwanmun.json",
		Args:    usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return serve(c.Context(), s, &f)
		},
	}
	f.add(c)
	flags := c.Flags()
	flags.StringVar(&f.address, "address", "127.0.0.1", "address that class nginx listens on")
	flags.Uint16Var(&f.httpPort, "http-port", 8080, "port of class nginx for HTTP; 0 takes any free one")
	flags.Uint16Var(&f.httpsPort, "https-port", 8443, "port of class nginx for HTTPS; 0 takes any free one")
	flags.StringVar(&f.stateFile, "state-file", "", "file that always holds what is served, as JSON")
	flags.StringVar(&f.accessLog, "access-log", "", `file that gets a line per request, or "-" for standard output`)
	flags.StringVar(&f.driver, "driver", "", driverUsage)
	flags.StringVar(&f.zone, "zone", "", zoneUsage)
	flags.BoolVar(&f.http3, "http3", false, http3Usage)
	f.limits.add(c)
	flags.StringVar(&f.logFolder, "log-folder", "", "folder that stands for S3: logs of load balancers are delivered there that ask for it (access_logs.s3.enabled)")
	flags.StringVar(&f.metrics, "metrics-address", "", "address for Prometheus metrics, such as 127.0.0.1:9090; path /metrics, and /public-keys/KID for the keys of x-amzn-oidc-data")
	flags.BoolVar(&f.once, "once", false, "read the files once and do not follow them")
	flags.DurationVar(&f.grace, "shutdown-grace", 10*time.Second, "how long requests may take after Ctrl-C")
	return c
}

func serve(ctx context.Context, s streams, f *serveFlags) error {
	address, err := netip.ParseAddr(f.address)
	if err != nil {
		return usageError{fmt.Errorf("--address %q is not an IP address", f.address)}
	}
	if f.httpPort == f.httpsPort && f.httpPort != 0 {
		return usageError{fmt.Errorf("--http-port and --https-port are both %d; each needs a port of its own", f.httpPort)}
	}
	inherited, err := handover.Inherit()
	if err != nil {
		return err
	}
	access, closeAccess, err := openAccessLog(f.accessLog, s.out)
	if err != nil {
		return err
	}
	defer closeAccess()
	registry := prometheus.NewRegistry()
	keys := &publicKeys{}
	metrics, err := listenForMetrics(f.metrics, inherited)
	if err != nil {
		return err
	}
	defer serveMetrics(metrics, registry, keys)()
	options := local.Options{
		Sources: f.files, Stdin: s.in, Classes: f.classes,
		Address: address, HTTPPort: f.httpPort, HTTPSPort: f.httpsPort,
		StateFile: f.stateFile, Out: s.out, AccessLog: access, LogFolder: f.logFolder, Metrics: registry, Driver: f.driver, Zone: f.zone, HTTP3: f.http3, Version: version(),
		MaxConnections: f.limits.connections, MaxPerClient: f.limits.perClient, BodyRate: f.limits.rate(),
		Note: inherited.Note(), Logger: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if inherited != nil {
		options.Inherited = inherited
	}
	server, err := local.Start(options)
	if err != nil {
		return err
	}
	keys.server.Store(server)
	if err := inherited.Ready(); err != nil {
		options.Logger.Error("the process before goes on serving too", "error", err)
	}
	ctx, stop := replaceable(ctx, s, server, metrics)
	defer stop()
	if f.once {
		<-ctx.Done()
	} else {
		server.Run(ctx)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.grace)
	defer cancel()
	if err := server.Close(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("closing: %w", err)
	}
	return nil
}

// http3Usage is the help for --http3.
const http3Usage = `serve HTTP/3 beside class nginx's port of HTTPS, on the same port of UDP`

// driverUsage is the help for --driver, which all commands with a proxy have.
const driverUsage = `what serves plain HTTP/1.1: "loop" (event loops, Linux only) or "goroutines"; the variable GWANMUN_DRIVER when empty, else the best there is`

// zoneUsage is the help for --zone.
const zoneUsage = `availability zone that the load balancers stand in: target groups with load_balancing.cross_zone.enabled false, the default of network load balancers, use their targets there only, and those whose zone is not known; when empty they stand in all of their zones`

// openAccessLog opens the file for the access log; nil without one.
func openAccessLog(path string, out io.Writer) (io.Writer, func(), error) {
	switch path {
	case "":
		return nil, func() {}, nil
	case "-":
		return out, func() {}, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // the user names the file; it holds no secrets
	if err != nil {
		return nil, nil, fmt.Errorf("--access-log: %w", err)
	}
	return f, func() { _ = f.Close() }, nil // every line has been written by then
}

// metricsSocket is the name by which the socket for metrics is handed over.
const metricsSocket = "metrics"

// listenForMetrics opens the address for metrics, or takes it over; nil without an address.
func listenForMetrics(address string, inherited *handover.Inherited) (*net.TCPListener, error) {
	if address == "" {
		return nil, nil
	}
	if l, err := inherited.TCP(metricsSocket); l != nil || err != nil {
		return l, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--metrics-address: %w", err)
	}
	return l.(*net.TCPListener), nil //nolint:forcetypeassert // there are no others of "tcp"
}

// serveMetrics serves a registry under /metrics, and keys, until the returned function is called. It serves nothing when l
// is nil.
func serveMetrics(l *net.TCPListener, registry *prometheus.Registry, keys http.Handler) (stop func()) {
	if l == nil {
		return func() {}
	}
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle(publicKeysPath, keys)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // it ends when it is closed
	}()
	return func() {
		_ = server.Close() // nobody waits for metrics
		<-done
	}
}
