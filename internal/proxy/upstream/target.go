package upstream

import (
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// targetKey tells the targets of a group apart.
type targetKey struct {
	id, address string
	port        int32
}

func keyOf(m model.Target, groupPort int32) targetKey {
	port := m.Port
	if port == 0 {
		port = groupPort
	}
	return targetKey{m.ID, m.Address, port}
}

// host is what is dialled, without the port.
func (k targetKey) host() string {
	if k.address == "" {
		return k.id
	}
	if a, err := netip.ParseAddrPort(k.address); err == nil {
		return a.Addr().String()
	}
	return k.address
}

// dial is the address that requests are sent to. An address may carry a port of its own, which then stands for the
// target's.
func (k targetKey) dial() string {
	if _, err := netip.ParseAddrPort(k.address); err == nil {
		return k.address
	}
	return net.JoinHostPort(k.host(), strconv.Itoa(int(k.port)))
}

// info is what may change about a target without making it another one.
type info struct {
	asked model.Target
}

// Target is one place that requests are sent to. Its address never changes.
type Target struct {
	group   *Group
	key     targetKey
	address string
	// hash is the target's own part in the choice for a flow.
	hash uint64
	info atomic.Pointer[info]
	pool pool
	// links are its connections when it speaks HTTP/2.
	links links

	outstanding atomic.Int64
	requests    atomic.Uint64
	errors      atomic.Uint64
	refused     atomic.Uint64
	classes     [6]atomic.Uint64 // by first digit of the status, 0 for no answer
	removed     atomic.Bool
	// rampStart and rampEnd bound the slow start, in Unix nanoseconds; rampEnd is 0 without one.
	rampStart, rampEnd atomic.Int64
	anomaly            anomaly
	outlier            outlier
	ejected            atomic.Bool
	suspicion          suspicion
	latency            ewma
	health             atomic.Pointer[health]

	// The group's lock guards what follows.
	spread     float64
	prober     prober
	drainTimer *time.Timer

	// live are all open connections, so that they can be cut when the deregistration delay ends.
	liveMu sync.Mutex
	live   map[*Conn]struct{}
}

func newTarget(g *Group, key targetKey) *Target {
	t := &Target{group: g, key: key, address: key.dial(), live: map[*Conn]struct{}{}}
	t.hash = mix(fnv(fnvStart, []byte(t.address)))
	t.pool.init(g)
	t.pool.links = &t.links
	t.health.Store(&health{state: Initial})
	return t
}

func (t *Target) describe(m model.Target) { t.info.Store(&info{asked: m}) }

// Address is host:port as dialled; also what access logs show.
func (t *Target) Address() string { return t.address }

// Group is the group that the target belongs to.
func (t *Target) Group() *Group { return t.group }

// Pod is the name of the pod behind the target, empty when not known.
func (t *Target) Pod() string { return t.info.Load().asked.Pod }

// Node is the name of the node behind the target, empty when not known.
func (t *Target) Node() string { return t.info.Load().asked.Node }

// Outstanding counts requests and tunnels that are under way.
func (t *Target) Outstanding() int64 { return t.outstanding.Load() }

// Removed says that the target is no longer registered.
func (t *Target) Removed() bool { return t.removed.Load() }

func (t *Target) state() State { return t.health.Load().state }

func (t *Target) stopDrain() {
	if t.drainTimer != nil {
		t.drainTimer.Stop()
		t.drainTimer = nil
	}
}

// leave ends one outstanding request.
func (t *Target) leave() {
	if t.outstanding.Add(-1) == 0 && t.removed.Load() {
		t.group.idled(t)
	}
}

// cut closes every connection to the target, in use or not.
func (t *Target) cut() {
	t.liveMu.Lock()
	list := make([]*Conn, 0, len(t.live))
	for c := range t.live { // order does not matter: all are closed
		list = append(list, c)
	}
	t.liveMu.Unlock()
	for _, c := range list {
		c.cut()
	}
}
