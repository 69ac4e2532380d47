package standin

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Options are what the stand-ins need.
type Options struct {
	Client kubernetes.Interface
	Nodes  []Node
	// Place is where an address of the cluster is listened on; the address itself when nil.
	Place func(netip.Addr) netip.Addr
	// Dial opens connections from node ports to pods; a plain dial to the place of the address when nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is what stand-in pods answer TLS with; only plain connections are answered when nil.
	TLS *tls.Config
	// Logger is told of what goes wrong; nobody is when nil.
	Logger *slog.Logger
	// Now is the clock of statuses; time.Now when nil.
	Now func() time.Time
	// Lag is how long a pod that is being deleted goes on answering, so that load balancers can let go of it; a second when 0.
	// It is never longer than the pod's own grace period.
	Lag time.Duration
}

// Cluster is a set of running stand-ins.
type Cluster struct {
	options Options
	factory informers.SharedInformerFactory
	kubelet *kubelet
	proxy   *nodePorts
}

// New makes stand-ins; Run starts them.
func New(o Options) *Cluster {
	if o.Place == nil {
		o.Place = func(a netip.Addr) netip.Addr { return a }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lag == 0 {
		o.Lag = time.Second
	}
	c := &Cluster{options: o, factory: informers.NewSharedInformerFactoryWithOptions(o.Client, 0, informers.WithTransform(slim))}
	c.kubelet = newKubelet(&c.options, c.factory)
	c.proxy = newNodePorts(&c.options, c.factory)
	return c
}

// slim drops what nobody here reads from what the informers keep.
func slim(o any) (any, error) {
	if m, ok := o.(metav1.Object); ok {
		m.SetManagedFields(nil)
	}
	return o, nil
}

// Run plays until ctx ends. It returns an error only when the nodes cannot be made; when it returns, nothing listens any
// more. Objects stay in the API server: the next Run finds them.
func (c *Cluster) Run(ctx context.Context) error {
	for _, n := range c.options.Nodes {
		if err := ensureNode(ctx, c.options.Client, n, c.options.Now()); err != nil {
			return err
		}
	}
	c.factory.Start(ctx.Done())
	var work sync.WaitGroup
	work.Go(func() { c.heartbeats(ctx) })
	work.Go(func() { c.kubelet.run(ctx) })
	work.Go(func() { c.proxy.run(ctx) })
	work.Wait()
	c.factory.Shutdown()
	return nil
}

// synced waits until informers hold everything; false when ctx ended before.
func synced(ctx context.Context, all ...cache.InformerSynced) bool {
	return cache.WaitForCacheSync(ctx.Done(), all...)
}
