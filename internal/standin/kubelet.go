package standin

import (
	"context"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"github.com/gwanmun/gwanmun/internal/echo"
)

// kubelet keeps the stand-ins of all nodes' pods running and their statuses true. One goroutine does the work.
type kubelet struct {
	options   *Options
	pods      corelisters.PodLister
	services  corelisters.ServiceLister
	synced    []cache.InformerSynced
	queue     workqueue.TypedRateLimitingInterface[cache.ObjectName]
	addresses *addresses
	running   map[types.UID]*standIn
	names     map[cache.ObjectName]types.UID
	stopping  sync.WaitGroup
}

// standIn is one pod that answers.
type standIn struct {
	address  netip.Addr
	identity echo.Identity
	servers  map[podPort]server
}

// retryListening is when a port that another program holds is tried again.
const retryListening = 2 * time.Second

func newKubelet(o *Options, f informers.SharedInformerFactory) *kubelet {
	pods, services := f.Core().V1().Pods(), f.Core().V1().Services()
	k := &kubelet{
		options: o, pods: pods.Lister(), services: services.Lister(),
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](100*time.Millisecond, 10*time.Second)),

		addresses: newAddresses(o.Nodes), running: map[types.UID]*standIn{}, names: map[cache.ObjectName]types.UID{},
	}
	k.synced = []cache.InformerSynced{
		watch(pods.Informer(), func(o any) { k.enqueue(o) }),
		watch(services.Informer(), func(o any) { k.enqueueSelected(o) }),
	}
	return k
}

// watch calls f for every object that is there, comes, changes or goes.
func watch(i cache.SharedIndexInformer, f func(any)) cache.InformerSynced {
	r, err := i.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: f, UpdateFunc: func(old, now any) { f(old); f(now) },
		DeleteFunc: func(o any) {
			if gone, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = gone.Obj
			}
			f(o)
		},
	})
	if err != nil { // the informer has been stopped, which nobody does before Run ends
		return func() bool { return false }
	}
	return r.HasSynced
}

func (k *kubelet) enqueue(o any) {
	if pod, ok := o.(*corev1.Pod); ok {
		k.queue.Add(cache.MetaObjectToName(pod))
	}
}

// enqueueSelected looks again at the pods of a Service: it may name another port of theirs.
func (k *kubelet) enqueueSelected(o any) {
	s, ok := o.(*corev1.Service)
	if !ok || len(s.Spec.Selector) == 0 {
		return
	}
	pods, err := k.pods.Pods(s.Namespace).List(labels.SelectorFromSet(s.Spec.Selector))
	if err != nil {
		return // a selector of equalities cannot fail
	}
	for _, pod := range pods {
		k.queue.Add(cache.MetaObjectToName(pod))
	}
}

func (k *kubelet) run(ctx context.Context) {
	defer k.close()
	if !synced(ctx, k.synced...) {
		return
	}
	k.remember()
	go func() {
		<-ctx.Done()
		k.queue.ShutDown()
	}()
	for {
		name, down := k.queue.Get()
		if down {
			return
		}
		if err := k.reconcile(ctx, name); err != nil && ctx.Err() == nil {
			k.options.Logger.Warn("a stand-in pod could not be reported", "pod", name.String(), "error", err)
			k.queue.AddRateLimited(name)
		} else {
			k.queue.Forget(name)
		}
		k.queue.Done(name)
	}
}

// remember takes the addresses of pods that are there before any new one is given.
func (k *kubelet) remember() {
	pods, err := k.pods.List(labels.Everything())
	if err != nil {
		return // listing a cache cannot fail
	}
	for _, pod := range pods {
		if k.mine(pod) && pod.Status.PodIP != "" && !pod.Spec.HostNetwork {
			_, _ = k.addresses.give(pod.UID, pod.Spec.NodeName, pod.Status.PodIP) // asked again in its turn
		}
	}
}

func (k *kubelet) mine(pod *corev1.Pod) bool {
	_, ok := k.addresses.nodes[pod.Spec.NodeName]
	return ok
}

func (k *kubelet) reconcile(ctx context.Context, name cache.ObjectName) error {
	pod, err := k.pods.Pods(name.Namespace).Get(name.Name)
	if apierrors.IsNotFound(err) {
		k.stop(k.names[name], 0)
		delete(k.names, name)
		return nil
	}
	if err != nil {
		return err
	}
	if pod.Spec.NodeName == "" {
		return k.welcome(ctx, pod)
	}
	if !k.mine(pod) {
		return nil
	}
	if before, ok := k.names[name]; ok && before != pod.UID {
		k.stop(before, 0)
	}
	k.names[name] = pod.UID
	switch {
	case pod.DeletionTimestamp != nil:
		return k.end(ctx, pod)
	case pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed:
		k.stop(pod.UID, 0)
		return nil
	}
	return k.start(ctx, pod)
}

// start makes the pod answer on all of its ports and reports it.
func (k *kubelet) start(ctx context.Context, pod *corev1.Pod) error {
	node := k.addresses.nodes[pod.Spec.NodeName]
	address := node.Address
	if !pod.Spec.HostNetwork {
		var err error
		if address, err = k.addresses.give(pod.UID, node.Name, pod.Status.PodIP); err != nil {
			return err
		}
	}
	failure := ""
	if !runsToCompletion(pod) {
		all, err := k.services.Services(pod.Namespace).List(labels.Everything())
		if err != nil {
			return err
		}
		failure = k.serve(pod, address, servicesOf(pod, all))
	}
	if failure != "" {
		k.queue.AddAfter(cache.MetaObjectToName(pod), retryListening)
	}
	status := podStatus(pod, node.Address, address, failure, k.options.Now())
	if reflect.DeepEqual(status, pod.Status) {
		return nil
	}
	changed := pod.DeepCopy()
	changed.Status = status
	_, err := k.options.Client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, changed, metav1.UpdateOptions{})
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil // a newer pod is on its way here, and brings it back into the queue
	}
	return err
}

// serve opens the ports that are missing and closes those that nobody names any more. It returns why one cannot be
// opened.
func (k *kubelet) serve(pod *corev1.Pod, address netip.Addr, services []*corev1.Service) string {
	s := k.running[pod.UID]
	if s == nil {
		s = &standIn{address: address, servers: map[podPort]server{}}
		k.running[pod.UID] = s
	}
	id := echo.Identity{Namespace: pod.Namespace, Pod: pod.Name, Node: pod.Spec.NodeName}
	if len(services) > 0 {
		id.Service = services[0].Name
	}
	if id != s.identity { // another Service selects it now: it has to say so
		k.closeServers(s.servers, 0)
		s.identity, s.servers = id, map[podPort]server{}
	}
	ports := podPorts(pod, services)
	gone := map[podPort]server{}
	for port, server := range s.servers {
		if !slices.Contains(ports, port) {
			gone[port] = server
			delete(s.servers, port)
		}
	}
	k.closeServers(gone, 0)
	for _, port := range ports {
		if s.servers[port] != nil {
			continue
		}
		at := netip.AddrPortFrom(k.options.Place(address), uint16(port.number)) //nolint:gosec // the API server checks ports
		opened, err := port.serve(at, id, k.options.TLS)
		if err != nil {
			return "listening on " + at.String() + ": " + err.Error()
		}
		s.servers[port] = opened
	}
	return ""
}

// end lets a pod that is being deleted answer for the lag, and then takes it out of the API server, as a kubelet does when
// its containers have stopped.
func (k *kubelet) end(ctx context.Context, pod *corev1.Pod) error {
	lag := k.options.Lag
	if s := pod.DeletionGracePeriodSeconds; s != nil {
		lag = min(lag, time.Duration(*s)*time.Second)
	}
	begun := pod.DeletionTimestamp.Time
	if s := pod.DeletionGracePeriodSeconds; s != nil {
		begun = begun.Add(-time.Duration(*s) * time.Second)
	}
	if left := begun.Add(lag).Sub(k.options.Now()); left > 0 && k.running[pod.UID] != nil {
		k.queue.AddAfter(cache.MetaObjectToName(pod), left)
		return nil
	}
	k.stop(pod.UID, 2*time.Second)
	now := int64(0)
	err := k.options.Client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &pod.UID},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

// stop ends a stand-in in the background; requests that it has may take so long.
func (k *kubelet) stop(pod types.UID, grace time.Duration) {
	k.addresses.release(pod)
	s := k.running[pod]
	if s == nil {
		return
	}
	delete(k.running, pod)
	k.closeServers(s.servers, grace)
}

// closeServers stops listening at once, so that the address and port are free for whoever is next.
func (k *kubelet) closeServers(servers map[podPort]server, grace time.Duration) {
	for _, server := range servers {
		k.stopping.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), grace) // outlives the change that led here
			defer cancel()
			_ = server.Close(ctx) // what does not end in time is cut
		})
	}
}

func (k *kubelet) close() {
	for uid := range k.running {
		k.stop(uid, 0)
	}
	k.stopping.Wait()
}
