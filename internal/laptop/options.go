package laptop

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

// Options are what a laptop's cluster needs. Zero members have the defaults that are named.
type Options struct {
	// StateDir keeps everything from one start to the next. It is needed.
	StateDir string
	// Kubebox is the binary that runs the control plane; FindKubebox looks for it when empty. Kubeconfig attaches to a cluster
	// that is there in its place.
	Kubebox, Kubeconfig string
	// KubernetesListen is the address of the API server; any free port of 127.0.0.1 when empty.
	KubernetesListen string
	// AWSListen is the address of the AWS-compatible API, 127.0.0.1:4566; DNSListen that of the name server, none when empty.
	AWSListen, DNSListen string
	// World is the file that says what the AWS-compatible API begins with; its default when empty.
	World string
	// LoadBalancers is where load balancers get their addresses from; 127.10.0.0/16.
	LoadBalancers netip.Prefix
	// Address is where class nginx listens; 127.0.0.1. A port that is 0 is the standard one (80, 443) if it may be opened, and
	// any free one otherwise.
	Address             netip.Addr
	HTTPPort, HTTPSPort uint16
	// Apply are manifests that are applied at the start and whenever they change; Once does not follow them.
	Apply []string
	Once  bool
	// ClusterName is the value of the ownership tag; gwanmun-local.
	ClusterName string

	// NewController fills in how classes are built and how AWS is called at an endpoint. It is needed: the commands know how.
	NewController func(ctx context.Context, w Wiring) (controller.Options, error)

	// Out gets what people read; AccessLog a line per request of class nginx; Logger what goes wrong. Each may be nil.
	Out       io.Writer
	AccessLog io.Writer
	// Driver and Zone are those of proxy.Options; the zone is the load balancers'.
	Driver  string
	Zone    string
	Logger  *slog.Logger
	Version string
	// Patience bounds the start; two minutes.
	Patience time.Duration
}

// Wiring is what the controller is connected to.
type Wiring struct {
	// Kubeconfig is a file; Endpoint the AWS-compatible API, with its Region and the VPC of the nodes.
	Kubeconfig, Endpoint, Region, VPC string
	ClusterName                       string
	Proxy                             *proxy.Server
	HTTP, HTTPS                       netip.AddrPort
	Logger                            *slog.Logger
	// AWSClient sends the calls to AWS, the SDK's own client when nil; Kubernetes wraps what sends those to the API server,
	// nothing does when nil. Tests cut the wires there.
	AWSClient  *http.Client
	Kubernetes func(http.RoundTripper) http.RoundTripper
}

func (o *Options) fill() {
	if o.AWSListen == "" {
		o.AWSListen = "127.0.0.1:4566"
	}
	if !o.LoadBalancers.IsValid() {
		o.LoadBalancers = netip.MustParsePrefix("127.10.0.0/16")
	}
	if !o.Address.IsValid() {
		o.Address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if o.ClusterName == "" {
		o.ClusterName = "gwanmun-local"
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Patience == 0 {
		o.Patience = 2 * time.Minute
	}
}
