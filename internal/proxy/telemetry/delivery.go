package telemetry

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/telemetry/bucket"
)

// Deliveries lead lines to the logs of the load balancers that asked for them. Requests find theirs without a lock.
type Deliveries struct {
	store           *bucket.Store
	account, region string

	mu   sync.Mutex
	open map[string]*delivered // by load balancer ID
	// byBalancer and byGroup are copies for those who write.
	byBalancer atomic.Pointer[map[string]*delivered]
	byGroup    atomic.Pointer[map[string][]*delivered]
}

// delivered are the open logs of one load balancer; nil ones are off.
type delivered struct {
	access, connection, health *bucket.Log
	settings                   compile.Delivery
	resource                   string
	// node is an address of the load balancer, for lines that are about none of its connections.
	node netip.Addr
	// groups are the target groups whose checks it logs.
	groups []string
}

// NewDeliveries makes deliveries into a store. Account and region are parts of file names; those of a load balancer whose
// ID is an ARN come from there.
func NewDeliveries(store *bucket.Store, account, region string) *Deliveries {
	d := &Deliveries{store: store, account: account, region: region, open: map[string]*delivered{}}
	d.publish()
	return d
}

// Store is where the files go.
func (d *Deliveries) Store() *bucket.Store { return d.store }

// Set follows the attributes of a load balancer: logs are begun, moved or ended. groups are its target groups.
func (d *Deliveries) Set(lb *model.LoadBalancer, groups []string) {
	settings := compile.DeliveryOf(lb)
	resource := ResourceID(lb.Type == model.Network, lb.Name, lb.ID)
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.open[lb.ID]
	if !settings.Any() {
		if was != nil {
			delete(d.open, lb.ID)
			was.close(nil)
			d.publish()
		}
		return
	}
	now := &delivered{settings: settings, resource: resource, groups: slices.Clone(groups)}
	if was == nil {
		was = &delivered{}
	}
	same := was.resource == resource
	now.node = was.node
	now.access = d.follow(was.access, same, was.settings.Access, settings.Access, bucket.Access, lb, resource)
	now.connection = d.follow(was.connection, same, was.settings.Connection, settings.Connection, bucket.Connection, lb, resource)
	now.health = d.follow(was.health, same, was.settings.HealthCheck, settings.HealthCheck, bucket.HealthCheck, lb, resource)
	d.open[lb.ID] = now
	d.publish()
	was.close(now)
}

// follow keeps a log whose destination stays, and begins one otherwise.
func (d *Deliveries) follow(was *bucket.Log, same bool, before, after compile.Destination, kind bucket.Kind,
	lb *model.LoadBalancer, resource string,
) *bucket.Log {
	if was != nil && same && before == after {
		return was
	}
	if !after.Enabled {
		return nil
	}
	account, region := d.place(lb.ID)
	return d.store.Log(bucket.Stream{
		Kind: kind, LoadBalancer: resource, Bucket: after.Bucket, Prefix: after.Prefix, Account: account, Region: region,
	})
}

// place is the account and region of a load balancer.
func (d *Deliveries) place(id string) (account, region string) {
	parts := strings.Split(id, ":")
	if len(parts) == 6 && parts[0] == "arn" && safeName(parts[3]) && safeName(parts[4]) {
		return parts[4], parts[3]
	}
	return d.account, d.region
}

func safeName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// close ends the logs that are not in next.
func (o *delivered) close(next *delivered) {
	if next == nil {
		next = &delivered{}
	}
	for _, pair := range [...][2]*bucket.Log{{o.access, next.access}, {o.connection, next.connection}, {o.health, next.health}} {
		if pair[0] != nil && pair[0] != pair[1] {
			pair[0].Close()
		}
	}
}

// Drop ends the logs of a load balancer that is gone.
func (d *Deliveries) Drop(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if was := d.open[id]; was != nil {
		delete(d.open, id)
		d.publish()
		was.close(nil)
	}
}

// Node says where a load balancer is served: lines about its health checks go into the file of that address.
func (d *Deliveries) Node(id string, node netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if was := d.open[id]; was != nil && was.node != node {
		now := *was
		now.node = node
		d.open[id] = &now
		d.publish()
	}
}

// publish shows what is open to those who write. The caller holds mu, or nobody else knows d yet.
func (d *Deliveries) publish() {
	balancers := maps.Clone(d.open)
	groups := map[string][]*delivered{}
	for _, id := range slices.Sorted(maps.Keys(balancers)) {
		if o := balancers[id]; o.health != nil {
			for _, g := range o.groups {
				groups[g] = append(groups[g], o)
			}
		}
	}
	d.byBalancer.Store(&balancers)
	d.byGroup.Store(&groups)
}

// access is where lines of a load balancer's access log go; nil for nowhere.
func (d *Deliveries) access(id string) *bucket.Log {
	if d == nil {
		return nil
	}
	if o := (*d.byBalancer.Load())[id]; o != nil {
		return o.access
	}
	return nil
}

// connection is where lines of a load balancer's connection log go, with the end of its ARN; nil for nowhere.
func (d *Deliveries) connection(id string) (*bucket.Log, string) {
	if d == nil {
		return nil, ""
	}
	if o := (*d.byBalancer.Load())[id]; o != nil {
		return o.connection, o.resource
	}
	return nil, ""
}
