package exchange

import "time"

// Flow is a connection through a TCP or TLS listener, as it is known when it has ended: for access logs and metrics.
// Nothing in it may be kept after it was told of.
type Flow struct {
	Conn *Conn
	// Group is the ID of the target group and Target the address of the target; empty when there was none.
	Group, Target string
	// Start is when the connection was accepted, End when the last byte had moved.
	Start, End time.Time
	// Handshake is how long the client's TLS handshake took, also one that failed; 0 on plain listeners.
	Handshake time.Duration
	// BytesIn are those that came from the client, BytesOut those that went to it; on TLS listeners without TLS's own.
	BytesIn, BytesOut int64
	// Reset says who broke the flow off.
	Reset Reset
	// HandshakeFailed says that the client's TLS handshake did not succeed, TargetTLSFailed that a target's did not.
	HandshakeFailed, TargetTLSFailed bool
	// NoPort says that the system had no port left for a connection to a target.
	NoPort bool
	// Error is a short fixed reason when something went wrong: "no targets", "target refused", "idle", "cut off".
	Error string
	// Alert is the TLS alert that the client sent, 0 for none (close_notify is none).
	Alert uint8
	// Offered are the protocols that the client offered by ALPN, TargetProtocol what was agreed on with the target.
	Offered        []string
	TargetProtocol string
}

// Reset says who broke a flow off.
type Reset uint8

// Who broke a flow off.
const (
	// ResetNone: both sides ended as they should.
	ResetNone Reset = iota
	ResetByClient
	ResetByTarget
	// ResetByBalancer: there was no target, it was idle for too long, or its time was over.
	ResetByBalancer
)

// String is the word for it in logs.
func (r Reset) String() string {
	switch r {
	case ResetByClient:
		return "client"
	case ResetByTarget:
		return "target"
	case ResetByBalancer:
		return "balancer"
	}
	return ""
}
