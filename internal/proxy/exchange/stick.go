package exchange

import "time"

// Target is the place that a request was sent to, as filters see it; upstream implements it.
type Target interface {
	// Address is host:port as dialled.
	Address() string
	// Number names the target in cookies: it follows from its address alone, so that all replicas agree. It is never 0.
	Number() uint64
}

// StickyGroup is a Group that may keep a client at the target of its first request.
type StickyGroup interface {
	Group
	// Stickiness is what the group asks for, nil when it asks for none. It never changes, but the group may have
	// another one at the next call.
	Stickiness() *Stickiness
}

// Stickiness is the target stickiness of a target group.
type Stickiness struct {
	// Group is GroupNumber of the group's ID.
	Group uint64
	// Application is the name of the application's cookie that begins a session; empty: the load balancer's own cookie
	// begins one with every client.
	Application string
	// Lasts is how long a session lasts from its latest response on: 1 s to 7 days.
	Lasts time.Duration
}

// StickBy says how Stick.Key names a target.
type StickBy uint8

// Ways to name a target. The zero value keeps nobody anywhere.
const (
	Loose StickBy = iota
	// ByNumber: Key is Target.Number.
	ByNumber
	// ByPlace: Key is any number, which consistent hashing maps to a target.
	ByPlace
)

// Stick says where a client is to stay. Filters fill it in from cookies; the target group follows it when it picks, and
// notes what it did, which cookies are made of.
type Stick struct {
	// Group is the number of the target group that the client stays with, 0 for none.
	Group uint64
	By    StickBy
	// Key names the target when Known holds.
	Key   uint64
	Known bool
	// Only is the number of the one target group that keeps sessions, 0 for all.
	Only uint64
	// Stay keeps to the target for further tries too, after it has failed.
	Stay bool
	// Moved says that the group chose a target anew; with ByPlace, Key is then its new place.
	Moved bool
	// Entries and GroupEntries are what else the client's cookies hold and is to be kept.
	Entries, GroupEntries []byte
}

// GroupNumber names a target group in cookies: it follows from its ID, so that all replicas agree. It is never 0.
func GroupNumber(id string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 0x100000001b3
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return max(h^h>>31, 1)
}
