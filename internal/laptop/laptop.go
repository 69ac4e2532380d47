package laptop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/gwanmun/gwanmun/internal/elbapi"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/loopback"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/standin"
)

// Laptop is a running cluster with its cloud. Run follows it, Close ends it.
type Laptop struct {
	options Options
	cluster *cluster
	aws     *elbapi.Server
	proxy   *proxy.Server
	client  kubernetes.Interface
	config  *rest.Config
	claims  []net.Listener
	applier *applier
	loader  *manifest.Loader

	// stop ends the parts that run in the background; failed gets the first of their errors.
	stop       context.CancelFunc
	work       sync.WaitGroup
	failed     chan error
	controller running
	fixed      State // what does not change while it runs
	follow     *follower
	printer    *local.Printer
}

// Start starts everything and applies the manifests. Parts that were started are stopped again when one fails.
func Start(ctx context.Context, o Options) (*Laptop, error) {
	o.fill()
	folder, err := filepath.Abs(o.StateDir)
	if err != nil {
		return nil, err
	}
	o.StateDir = folder
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the state folder: %w", err)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Laptop{options: o, stop: stop, failed: make(chan error, 1), printer: local.NewPrinter(o.Out)}
	starting, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	if err := l.start(starting, background); err != nil {
		end, cancel := context.WithTimeout(background, 10*time.Second)
		defer cancel()
		_ = l.Close(end) // the first error counts
		return nil, err
	}
	return l, nil
}

// start starts the parts in order and applies the manifests.
func (l *Laptop) start(ctx, background context.Context) error {
	if err := l.startCloud(background); err != nil {
		return err
	}
	if err := l.startKubernetes(ctx); err != nil {
		return err
	}
	if err := l.startStandIns(ctx, background); err != nil {
		return err
	}
	if err := l.startProxy(background); err != nil {
		return err
	}
	if err := l.StartController(ctx, nil); err != nil {
		return err
	}
	l.describe()
	if len(l.options.Apply) > 0 {
		l.loader = manifest.NewLoader(l.options.Apply, nil, manifest.Limits{})
		loaded, _ := l.loader.Load()
		l.apply(ctx, loaded)
	}
	return nil
}

// startCloud starts the AWS-compatible API.
func (l *Laptop) startCloud(background context.Context) (err error) {
	o := &l.options
	l.aws, err = elbapi.New(elbapi.Options{
		Listen: o.AWSListen, StateDir: filepath.Join(o.StateDir, "aws"), WorldFile: o.World,
		DNSListen: o.DNSListen, Addresses: o.LoadBalancers, Bind: bind(mayOpenLow(o.Address)), Dial: loopback.Dial,
		Logger: o.Logger, Driver: o.Driver, Zone: o.Zone, Login: traffic.LoginOptions{Loopback: true},
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the AWS API did not start: another program listens at %s; choose another address with --aws-listen, or 127.0.0.1:0 for any", o.AWSListen)
	}
	if err != nil {
		return fmt.Errorf("the AWS API did not start: %w", err)
	}
	l.run(background, "the AWS API", l.aws.Run)
	return nil
}

// startKubernetes starts kubebox, or attaches to a cluster, and installs our kinds.
func (l *Laptop) startKubernetes(ctx context.Context) (err error) {
	o := &l.options
	kubeconfig := o.Kubeconfig
	if kubeconfig == "" {
		program, err := FindKubebox(o.Kubebox)
		if err != nil {
			return err
		}
		if l.cluster, err = startKubebox(ctx, program, filepath.Join(o.StateDir, "kubernetes"), o.KubernetesListen); err != nil {
			return err
		}
		kubeconfig = l.cluster.Kubeconfig
		l.fixed.Kubernetes.Kubectl = program + " kubectl"
	}
	if l.config, err = clientcmd.BuildConfigFromFlags("", kubeconfig); err != nil {
		return fmt.Errorf("reading %s: %w", kubeconfig, err)
	}
	l.config.QPS, l.config.Burst = 500, 1000 // it is our own server, or a test's
	l.config.WarningHandler = rest.NoWarnings{}
	if l.client, err = kubernetes.NewForConfig(l.config); err != nil {
		return err
	}
	if l.applier, err = newApplier(l.config, o.Out); err != nil {
		return err
	}
	version, err := l.client.Discovery().ServerVersion()
	if err != nil {
		return fmt.Errorf("asking %s for its version: %w", l.config.Host, err)
	}
	l.fixed.Kubernetes.Kubeconfig, l.fixed.Kubernetes.Server, l.fixed.Kubernetes.Version = kubeconfig, l.config.Host, version.GitVersion
	if err := kube.InstallDefinitions(ctx, l.config); err != nil {
		return err
	}
	return ensureClasses(ctx, l.client)
}

// startStandIns starts nodes, kubelet and node ports.
func (l *Laptop) startStandIns(ctx, background context.Context) error {
	nodes, vpc, err := nodesOf(l.aws.World(), l.options.ClusterName)
	if err != nil {
		return err
	}
	if l.claims, err = claim(nodes); err != nil {
		return err
	}
	config, err := local.PodTLS()
	if err != nil {
		return err
	}
	l.fixed.vpc = vpc
	c := standin.New(standin.Options{
		Client: l.client, Nodes: nodes, Place: loopback.Shift, Dial: loopback.Dial, TLS: config, Logger: l.options.Logger,
	})
	l.run(background, "the stand-in nodes", c.Run)
	return waitForAccount(ctx, l.client)
}

// run runs a part in the background. An end before its time is a failure of the whole.
func (l *Laptop) run(ctx context.Context, name string, part func(context.Context) error) {
	l.work.Go(func() {
		err := part(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("it ended by itself")
		}
		select {
		case l.failed <- fmt.Errorf("%s: %w", name, err):
		default:
		}
	})
}

// describe fills in what never changes, and begins to follow what does.
func (l *Laptop) describe() {
	s, id := &l.fixed, l.aws.Identity()
	s.Version, s.PID, s.StateDir = l.options.Version, os.Getpid(), l.options.StateDir
	s.DNS = l.aws.DNSAddress()
	s.AWS = AWSState{Endpoint: l.aws.URL(), Region: id.Region, Environment: []string{
		"AWS_ENDPOINT_URL=" + l.aws.URL(), "AWS_DEFAULT_REGION=" + id.Region, "AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local", "AWS_PAGER=",
	}}
	l.follow = newFollower(l.client)
}

// apply applies the manifests and tells what happened.
func (l *Laptop) apply(ctx context.Context, loaded *manifest.Loaded) {
	applied, problems := l.applier.apply(ctx, l.options.Apply, loaded)
	for _, a := range applied {
		fmt.Fprintln(l.options.Out, "applied", a)
	}
	l.follow.setProblems(problems)
	for _, p := range problems {
		fmt.Fprintln(l.options.Out, "not applied:", p)
	}
}

// Close stops everything: first what is told of changes, then what serves, the API server last.
func (l *Laptop) Close(ctx context.Context) error {
	var errs []error
	l.stop()
	if l.proxy != nil {
		errs = append(errs, l.proxy.Shutdown(ctx))
	}
	if l.aws != nil {
		errs = append(errs, l.aws.Close(ctx))
	}
	l.work.Wait()
	if l.follow != nil {
		l.follow.close()
	}
	for _, c := range l.claims {
		_ = c.Close() // a claim is only held
	}
	if l.cluster != nil {
		l.cluster.stop(20 * time.Second)
	}
	_ = os.Remove(filepath.Join(l.options.StateDir, StateFileName)) // nothing of it is true any more
	return errors.Join(errs...)
}
