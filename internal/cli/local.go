package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/build/servicenlb"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/controller/cloud"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/laptop"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/model"
)

// localFlags are the flags of local.
type localFlags struct {
	stateDir, kubebox, kubeconfig, kubernetesListen string
	awsListen, dnsListen, world, addresses          string
	address                                         string
	httpPort, httpsPort                             uint16
	cluster, configMap                              string
	apply                                           []string
	once                                            bool
	accessLog                                       string
	driver, zone                                    string
	verbose                                         bool
	grace                                           time.Duration
}

func newLocal(s streams) *cobra.Command {
	var f localFlags
	c := &cobra.Command{
		Use:   "local",
		Short: "Run Kubernetes, an AWS-compatible API with load balancers that carry traffic, and the controller, on this machine",
		Long: "Local runs a whole cluster with its cloud on loopback addresses, offline: a real Kubernetes API (kubebox), an API that\n" +
			"answers as AWS does and whose ALBs and NLBs carry traffic, the controller for classes alb, nlb and nginx with its\n" +
			"proxy, and stand-ins for nodes and pods. A stand-in pod answers on its ports with what it received.\n\n" +
			"It prints where everything is and keeps the same in local.json in the state folder. A second start with the same\n" +
			"folder finds everything again. Ctrl-C stops all of it in order.",
		Example: "  gwanmun local\n  gwanmun local --apply examples --state-dir /tmp/box",
		Args:    usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return runLocal(c.Context(), s, &f)
		},
	}
	f.add(c)
	return c
}

func (f *localFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.stateDir, "state-dir", ".gwanmun", "folder that keeps everything from one start to the next")
	flags.StringVar(&f.kubebox, "kubebox", "", "the kubebox binary; beside gwanmun or on the PATH when empty")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "use this cluster and start no Kubernetes; stand-in nodes are added to it")
	flags.StringVar(&f.kubernetesListen, "kubernetes-listen", "", "address and port of the Kubernetes API; any free port when empty")
	flags.StringVar(&f.awsListen, "aws-listen", "127.0.0.1:4566", "address and port of the AWS-compatible API; port 0 takes any free one")
	flags.StringVar(&f.dnsListen, "dns-listen", "", "address for DNS that resolves the load balancers' names offline, such as 127.0.0.1:5300")
	flags.StringVar(&f.world, "world", "", "file that says which networks, machines and certificates AWS begins with; see gwanmun elbapi --print-world")
	flags.StringVar(&f.addresses, "addresses", "127.10.0.0/16", "block that load balancers get their addresses from")
	flags.StringVar(&f.address, "address", "127.0.0.1", "address that class nginx listens on")
	flags.Uint16Var(&f.httpPort, "http-port", 0, "port of class nginx for HTTP; 80 when 0, if it is free and may be opened, else a higher one")
	flags.Uint16Var(&f.httpsPort, "https-port", 0, "port of class nginx for HTTPS; 443 when 0, likewise")
	flags.StringVar(&f.cluster, "cluster-name", "gwanmun-local", "name of the cluster in tags; machines of the world with its tag are the nodes")
	flags.StringVar(&f.configMap, "configmap", ingressnginx.WellKnownConfigMap().String(), "ConfigMap with settings of class nginx, as namespace/name")
	flags.StringArrayVar(&f.apply, "apply", nil, "manifest or directory that is applied at the start and whenever it changes; may be given several times")
	flags.BoolVar(&f.once, "once", false, "apply the manifests once and do not follow them")
	flags.StringVar(&f.accessLog, "access-log", "", `file that gets a line per request of class nginx, or "-" for standard output`)
	flags.StringVar(&f.driver, "driver", "", driverUsage)
	flags.StringVar(&f.zone, "zone", "", zoneUsage)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "log what the controller does")
	flags.DurationVar(&f.grace, "shutdown-grace", 10*time.Second, "how long requests may take after Ctrl-C")
}

// options turns the flags into options.
func (f *localFlags) options(s streams) (laptop.Options, error) {
	o := laptop.Options{
		StateDir: f.stateDir, Kubebox: f.kubebox, Kubeconfig: f.kubeconfig, KubernetesListen: f.kubernetesListen,
		AWSListen: f.awsListen, DNSListen: f.dnsListen, World: f.world,
		HTTPPort: f.httpPort, HTTPSPort: f.httpsPort, Apply: f.apply, Once: f.once, ClusterName: f.cluster,
		Out: s.out, Version: version(),
	}
	configMap, err := nameOf("--configmap", f.configMap)
	if err != nil {
		return o, usageError{err}
	}
	o.NewController = func(ctx context.Context, w laptop.Wiring) (controller.Options, error) {
		out, err := localController(ctx, w)
		if err == nil {
			out.Nginx.Build.ConfigMap = configMap
		}
		return out, err
	}
	if o.LoadBalancers, err = netip.ParsePrefix(f.addresses); err != nil || !o.LoadBalancers.Addr().Is4() || o.LoadBalancers.Bits() > 30 {
		return o, usageError{fmt.Errorf("--addresses %q is not a block of IPv4 addresses such as 127.10.0.0/16", f.addresses)}
	}
	if o.Address, err = netip.ParseAddr(f.address); err != nil {
		return o, usageError{fmt.Errorf("--address %q is not an IP address", f.address)}
	}
	if f.httpPort == f.httpsPort && f.httpPort != 0 {
		return o, usageError{fmt.Errorf("--http-port and --https-port are both %d; each needs a port of its own", f.httpPort)}
	}
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelInfo
	}
	o.Logger = slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
	kube.UseLogger(o.Logger)
	return o, nil
}

func runLocal(ctx context.Context, s streams, f *localFlags) error {
	o, err := f.options(s)
	if err != nil {
		return err
	}
	access, closeAccess, err := openAccessLog(f.accessLog, s.out)
	if err != nil {
		return err
	}
	defer closeAccess()
	o.AccessLog, o.Driver, o.Zone = access, f.driver, f.zone
	start := time.Now()
	l, err := laptop.Start(ctx, o)
	if err != nil {
		return err
	}
	state := l.State()
	_, _ = fmt.Fprintf(s.out, "%sready after %.1f s; Ctrl-C ends it, state is kept in %s\n\n", state.Intro(), time.Since(start).Seconds(), f.stateDir)
	running := l.Run(ctx)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.grace)
	defer cancel()
	if err := l.Close(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(running, fmt.Errorf("closing: %w", err))
	}
	return running
}

// localController puts the controller together as `gwanmun controller` does, for a laptop: every class, credentials that
// nobody has to bring, and no election, since nobody else is there.
func localController(ctx context.Context, w laptop.Wiring) (controller.Options, error) {
	var o controller.Options
	config, err := kube.Config(w.Kubeconfig, "")
	if err != nil {
		return o, err
	}
	if w.Kubernetes != nil {
		config.Wrap(w.Kubernetes)
	}
	c, err := kube.Connect(config)
	if err != nil {
		return o, err
	}
	clients, err := client.New(ctx, client.Options{
		Region: w.Region, Endpoint: w.Endpoint, Credentials: client.Static("local", "local"), Throttle: client.Unthrottled(),
		HTTP: w.AWSClient,
	})
	if err != nil {
		return o, err
	}
	chain, key, err := local.SelfMade("ingress.local")
	if err != nil {
		return o, err
	}
	kept := kube.NewCheckpoints(c, "kube-system", checkpointPrefix)
	aws := cloud.New(cloud.Options{
		Clients: clients, Cluster: w.ClusterName, VPC: w.VPC, Checkpoints: kept, Own: kube.NewOwnTargets(c), Logger: w.Logger,
	})
	return controller.Options{
		Client: c, Logger: w.Logger,
		Cloud: &controller.Cloud{
			ALB:      &ingressalb.Options{ClusterName: w.ClusterName, External: true},
			Services: servicenlb.New(servicenlb.Options{ClusterName: w.ClusterName, External: true}),
			Realizer: aws, Lookups: aws, Registrar: aws, GateInterval: time.Second,
		},
		Nginx: &controller.Nginx{
			Proxy: w.Proxy, HTTP: w.HTTP, HTTPS: w.HTTPS, Publish: []string{w.HTTP.Addr().String()},
			Visible: local.VisibleNginx(w.HTTP, w.HTTPS),
			Build: ingressnginx.Options{
				WatchWithoutClass: true, EnableSSLPassthrough: true, HealthCheckPath: "/healthz",
				ConfigMap: ingressnginx.WellKnownConfigMap(),
				SelfMade:  model.Certificate{Hosts: []string{"ingress.local"}, Chain: chain, Key: key},
			},
		},
	}, nil
}

// LocalController is laptop.Options.NewController of `gwanmun local`, for tests that start what the command starts.
func LocalController(ctx context.Context, w laptop.Wiring) (controller.Options, error) {
	return localController(ctx, w)
}
