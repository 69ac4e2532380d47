package laptop

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/manifest"
)

// follower keeps Ingresses and Services at hand.
type follower struct {
	factory informers.SharedInformerFactory
	stop    chan struct{}
	// events are warnings about objects; those from before began are of an earlier start.
	events   cache.Store
	began    time.Time
	mu       sync.Mutex
	problems []string
}

func newFollower(client kubernetes.Interface) *follower {
	f := &follower{factory: informers.NewSharedInformerFactory(client, 0), stop: make(chan struct{}), began: time.Now()}
	f.factory.Networking().V1().Ingresses().Informer()
	f.factory.Core().V1().Services().Informer()
	warnings := f.factory.InformerFor(&corev1.Event{}, func(c kubernetes.Interface, resync time.Duration) cache.SharedIndexInformer {
		return coreinformers.NewFilteredEventInformer(c, metav1.NamespaceAll, resync, cache.Indexers{}, func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector("type", corev1.EventTypeWarning).String()
		})
	})
	f.events = warnings.GetStore()
	f.factory.Start(f.stop)
	f.factory.WaitForCacheSync(f.stop)
	return f
}

func (f *follower) close() {
	close(f.stop)
	f.factory.Shutdown()
}

func (f *follower) setProblems(problems []error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problems = nil
	for _, p := range problems {
		f.problems = append(f.problems, p.Error())
	}
}

func (f *follower) ingresses() []*networkingv1.Ingress {
	list, _ := f.factory.Networking().V1().Ingresses().Lister().List(labels.Everything()) // listing a cache cannot fail
	return list
}

func (f *follower) services() []*corev1.Service {
	list, _ := f.factory.Core().V1().Services().Lister().List(labels.Everything()) // listing a cache cannot fail
	return list
}

// ensureClasses makes the two IngressClasses that installations of the controllers bring, unless they are there.
func ensureClasses(ctx context.Context, client kubernetes.Interface) error {
	for _, c := range []struct{ name, controller string }{
		{"alb", ingressalb.Controller}, {"nginx", ingressnginx.DefaultOptions().ControllerClass},
	} {
		_, err := client.NetworkingV1().IngressClasses().Create(ctx, &networkingv1.IngressClass{
			ObjectMeta: metav1.ObjectMeta{Name: c.name}, Spec: networkingv1.IngressClassSpec{Controller: c.controller},
		}, metav1.CreateOptions{FieldManager: fieldManager})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("making IngressClass %s: %w", c.name, err)
		}
	}
	return nil
}

// waitForAccount waits for the ServiceAccount without which no pod can be made.
func waitForAccount(ctx context.Context, client kubernetes.Interface) error {
	err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for the default ServiceAccount: %w", err)
	}
	return nil
}

// State is what runs now.
func (l *Laptop) State() State {
	s := l.fixed
	balancers := l.balancers()
	s.LoadBalancers = []local.LoadBalancerState{}
	for _, b := range balancers {
		s.LoadBalancers = append(s.LoadBalancers, b.LoadBalancerState)
	}
	s.Ingresses = ingressStates(l.follow.ingresses(), balancers)
	s.Services = serviceStates(l.follow.services(), balancers)
	l.follow.mu.Lock()
	s.Problems = l.follow.problems
	l.follow.mu.Unlock()
	return s
}

// nginxID is the ID of the load balancer that class nginx is.
const nginxID = "nginx"

// balancers are the load balancers of the cloud, and class nginx's.
func (l *Laptop) balancers() []balancer {
	var out []balancer
	served := l.aws.Traffic().Server()
	l.aws.Store().View(func(s *store.State) {
		for _, lb := range s.LoadBalancers() {
			b := balancer{dns: lb.DNSName, LoadBalancerState: local.LoadBalancerState{
				ID: lb.ARN, Name: lb.Name, Class: "alb", Scheme: string(lb.Scheme), Address: lb.Address.String(),
			}}
			if lb.Type == "network" {
				b.Class = "nlb"
			}
			for _, ln := range s.Listeners(lb.ARN) {
				b.Listeners = append(b.Listeners, local.ListenerState{
					Port: ln.Port, Protocol: string(ln.Protocol), Address: addressOf(served.Addresses(), lb.ARN, ln.Port),
				})
			}
			out = append(out, b)
		}
	})
	nginx := balancer{LoadBalancerState: local.LoadBalancerState{ID: nginxID, Name: "nginx", Class: "nginx", Address: l.options.Address.String()}}
	for _, p := range []struct {
		port     int32
		protocol string
	}{{80, "HTTP"}, {443, "HTTPS"}} {
		nginx.Listeners = append(nginx.Listeners, local.ListenerState{
			Port: p.port, Protocol: p.protocol, Address: addressOf(l.proxy.Addresses(), nginx.ID, p.port),
		})
	}
	return append(out, nginx)
}

// Run follows everything until ctx ends: manifests that change are applied, and changes of addresses are told and written
// down. Its error is that of a part that failed.
func (l *Laptop) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if l.loader != nil && !l.options.Once {
		work.Go(func() {
			manifest.Watch(ctx, l.loader, manifest.WatchOptions{}, func(loaded *manifest.Loaded) { l.apply(ctx, loaded) })
		})
	}
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	var last State
	told := map[string]bool{}
	for {
		if now := l.State(); !reflect.DeepEqual(now, last) {
			l.tell(now, last.Services)
			last = now
		}
		for _, w := range l.follow.warnings() {
			if told[w.key] {
				continue
			}
			told[w.key] = true
			_, _ = fmt.Fprintln(l.options.Out, "warning", w.text) // nothing can be done about a terminal that is gone
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-l.failed:
			return err
		case <-l.ended():
			return errors.New("the Kubernetes API ended: " + l.cluster.said.String())
		case <-ticker.C:
		}
	}
}

// ended is closed when kubebox is gone; a cluster of somebody else's never is.
func (l *Laptop) ended() <-chan struct{} {
	if l.cluster == nil {
		return nil
	}
	return l.cluster.ended
}

// tell writes local.json and says what is different; services are those that were told before.
func (l *Laptop) tell(s State, services []ServiceState) {
	if err := s.write(l.options.StateDir); err != nil {
		l.options.Logger.Warn("local.json could not be written", "error", err)
	}
	from := l.options.Apply
	if len(from) == 0 {
		from = []string{"the cluster"}
	}
	l.printer.Print(local.State{
		Version: s.Version, PID: s.PID, Sources: from, LoadBalancers: s.LoadBalancers, Ingresses: s.Ingresses,
	})
	for _, svc := range s.Services {
		if slices.ContainsFunc(services, func(old ServiceState) bool { return reflect.DeepEqual(old, svc) }) {
			continue
		}
		lines := append([]string{"+ Service " + svc.Namespace + "/" + svc.Name + " at " + svc.Hostname}, svc.Curl...)
		_, _ = fmt.Fprintln(l.options.Out, strings.Join(lines, "\n      ")) // nothing can be done about a terminal that is gone
	}
}
