package exchange

import "sync/atomic"

// Datagrams counts the flows of datagrams through the listeners of a network load balancer; all members are live. Whoever
// forwards datagrams adds to them.
type Datagrams struct {
	// Active is the flows that are there, Opened those that were begun.
	Active atomic.Int64
	Opened atomic.Uint64
	// Packets and Bytes are datagrams and their content, both ways.
	Packets, Bytes atomic.Uint64
	// Dropped are datagrams that could not be sent on, Unroutable those of QUIC that led to no target.
	Dropped, Unroutable atomic.Uint64
	// Evicted are flows that had to make room for others, Rejected first datagrams for which no flow was begun: there was
	// no target, or too many flows. Blocked are those that security groups did not let in.
	Evicted, Rejected, Blocked atomic.Uint64
	// NoPort are flows that were not begun because the system had no port left towards their target.
	NoPort atomic.Uint64
}
