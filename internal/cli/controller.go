package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

func newController(s streams) *cobra.Command {
	var f controllerFlags
	c := &cobra.Command{
		Use:   "controller",
		Short: "Serve the Ingresses and Services of a cluster",
		Long: "Controller follows a cluster. Class alb and class nlb get load balancers of AWS, by calls to AWS or to whatever answers\n" +
			"at --aws-endpoint; class nginx is served by this process. The flags of the AWS Load Balancer Controller and of\n" +
			"ingress-nginx keep their names; where both have one of the same name, that of class nginx begins with nginx-.\n\n" +
			"Ctrl-C lets requests and calls end and leaves; a second Ctrl-C leaves at once.",
		Example: "  gwanmun controller --cluster-name my-cluster --aws-region ap-northeast-2\n" +
			"  gwanmun controller --role proxy --publish-service ingress-nginx/controller",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return usageError{err}
			}
			remarks, err := judgeUnsupported(c)
			if err != nil {
				return usageError{err}
			}
			if f.dryRun {
				return planCluster(c.Context(), s, &f, nil)
			}
			return runController(c.Context(), s, &f, append(remarks, f.gates.withoutEffect()...))
		},
	}
	f.add(c)
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be changed in AWS, change nothing, and end; as gwanmun plan does")
	return c
}

// runController runs until ctx ends.
func runController(ctx context.Context, s streams, f *controllerFlags, remarks []string) error {
	logger, err := newLogger(s.err, f.logLevel)
	if err != nil {
		return usageError{err}
	}
	kube.UseLogger(logger)
	for _, r := range remarks {
		logger.Warn("a setting has no effect", "setting", r)
	}
	config, err := kube.Config(f.kubeconfig, f.context)
	if err != nil {
		return err
	}
	if f.installCRDs {
		if err := kube.InstallDefinitions(ctx, config); err != nil {
			return err
		}
	}
	client, err := kube.Connect(config)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	o := controller.Options{
		Client: client, Logger: logger, Registry: registry, Health: address(f.health), Metrics: address(f.metrics),
		Watch: kube.WatchOptions{Namespace: f.watchNamespace, Quiet: f.quiet, Ceiling: f.ceiling},
		Pod:   controller.Pod{Namespace: kube.OwnNamespace(), Name: os.Getenv("POD_NAME")},
		Ready: func() { logger.Info("everything has been read") },
	}
	if o.Watch.SecretLabels, err = parseLabel(f.secretsLabel); err != nil {
		return usageError{err}
	}
	namespace := f.leaseNamespace()
	if f.elect {
		o.Election = &controller.Election{
			Namespace: namespace, CloudLease: f.electionID, NginxLease: f.nginx.electionID, Identity: identity(),
		}
	}
	if f.wants("nginx") {
		if o.Nginx, err = f.nginx.options(f.watchNamespace); err != nil {
			return usageError{err}
		}
	}
	if f.wants("alb") || f.wants("nlb") {
		if o.Cloud, err = f.cloud(ctx, &keeping{kube.NewCheckpoints(client, namespace, checkpointPrefix), kube.NewOwnTargets(client)}, registry, logger); err != nil {
			return err
		}
	}
	if o.Nginx == nil {
		return controller.Run(ctx, o)
	}
	o.Nginx.Keys = &controller.Keys{
		Keeper: &keyring.Keeper{}, Secret: objects.Name{Namespace: namespace, Name: controller.KeysSecret},
	}
	return f.nginx.run(ctx, s, o)
}

// run runs a controller with a proxy for class nginx. When the end is asked for, requests that are under way may end.
func (n *nginxFlags) run(ctx context.Context, s streams, o controller.Options) error {
	access, closeAccess, err := openAccessLog(n.accessLog, s.out)
	if err != nil {
		return err
	}
	defer closeAccess()
	if o.Nginx.Proxy, err = proxy.New(proxy.Options{
		Logger: o.Logger, AccessLog: access, Metrics: o.Registry, Driver: n.driver, HTTP3: n.http3, Keys: o.Nginx.Keys.Keeper,
		MaxConnections: n.limits.connections, MaxPerClient: n.limits.perClient, BodyRate: n.limits.rate(), Outliers: n.outliers, RaceAfter: n.raceAfter,
	}); err != nil {
		return err
	}
	err = controller.Run(ctx, o)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), n.grace)
	defer cancel()
	if closing := o.Nginx.Proxy.Shutdown(end); closing != nil && !errors.Is(closing, context.DeadlineExceeded) {
		err = errors.Join(err, fmt.Errorf("closing: %w", closing))
	}
	return err
}

// checkpointPrefix begins the names of the ConfigMaps that hold checkpoints.
const checkpointPrefix = "gwanmun-checkpoints"

// leaseNamespace is where leases and checkpoints are.
func (f *controllerFlags) leaseNamespace() string {
	if f.electionNamespace != "" {
		return f.electionNamespace
	}
	if n := kube.OwnNamespace(); n != "" {
		return n
	}
	return "kube-system"
}

// options are those of class nginx, without the proxy.
func (n *nginxFlags) options(watchNamespace string) (*controller.Nginx, error) {
	ip, err := netip.ParseAddr(n.address)
	if err != nil {
		return nil, fmt.Errorf("--address %q is not an IP address", n.address)
	}
	chain, key, err := local.SelfMade("ingress.local")
	if err != nil {
		return nil, err
	}
	out := &controller.Nginx{
		HTTP: netip.AddrPortFrom(ip, n.httpPort), HTTPS: netip.AddrPortFrom(ip, n.httpsPort),
		Publish: n.publishAddress, InternalNodeAddress: n.internalAddress, NoStatus: !n.updateStatus, KeepStatus: !n.clearStatus,
		Build: ingressnginx.Options{
			ControllerClass: n.controllerClass, IngressClass: n.ingressClass, IngressClassByName: n.byName,
			WatchWithoutClass: n.withoutClass, WatchNamespace: watchNamespace, DisableCatchAll: n.disableCatchAll,
			EnableSSLPassthrough: n.passthrough,
			HealthCheckPath:      "/healthz", SelfMade: model.Certificate{Hosts: []string{"ingress.local"}, Chain: chain, Key: key},
		},
	}
	for _, name := range []struct {
		flag, value string
		into        *objects.Name
	}{
		{"--configmap", n.configMap, &out.Build.ConfigMap},
		{"--default-backend-service", n.defaultBackend, &out.Build.DefaultBackendService},
		{"--default-ssl-certificate", n.defaultCertificate, &out.Build.DefaultSSLCertificate},
		{"--publish-service", n.publishService, &out.PublishService},
	} {
		if *name.into, err = nameOf(name.flag, name.value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func newLogger(out io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q is none of debug, info, warn and error", level)
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: l})), nil
}

// address is where something is served; "0" is nowhere, as with the original.
func address(flag string) string {
	if flag == "0" {
		return ""
	}
	return flag
}

// identity tells replicas apart, also two processes on one machine.
func identity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return host + "_" + hex.EncodeToString(random[:])
}

// parseLabel reads "key=value".
func parseLabel(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return nil, fmt.Errorf("--required-secrets-label %q is not of the form key=value", text)
	}
	return map[string]string{key: value}, nil
}
