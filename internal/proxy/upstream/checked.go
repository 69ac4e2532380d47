package upstream

import (
	"context"
	"net"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// HealthCheck is the record of one health check: what logs of health checks are made of.
type HealthCheck struct {
	// Group is the target group's ID; TargetID, Port and Zone are the target's in the model.
	Group, TargetID, Zone string
	Port                  int32
	// Address is what was connected to, with the health check's port.
	Address string
	// Protocol is HTTP, HTTPS, TCP or GRPC; Path is empty with TCP.
	Protocol, Path string
	// Time is when the check began, Took how long it took.
	Time time.Time
	Took time.Duration
	// Passed says whether the check succeeded. Code is the status of the answer, of gRPC with GRPC; it is -1 when there was
	// none. Reason and Description are those of a failure.
	Passed      bool
	Code        int
	Reason      Reason
	Description string
	// Before and After are the target's states around the check.
	Before, After State
}

// record completes the record of a check of t.
func (c *check) record(t *Target, v verdict, h HealthCheck) HealthCheck {
	h.TargetID, h.Zone, h.Port, h.Address = t.key.id, t.zone(), t.key.port, c.address(t.key)
	h.Protocol, h.Path = string(c.protocol), c.path
	switch {
	case c.grpc:
		h.Protocol = string(model.GRPC)
	case c.protocol != model.TargetHTTP && c.protocol != model.TargetHTTPS:
		h.Path = ""
	}
	h.Passed, h.Code = v.reason == "", v.code
	h.Reason, h.Description, h.After = v.reason, v.description, t.state()
	return h
}

// Probe is a health check that speaks HTTP/2, on a connection that is ready for it: connected, and through with TLS and its
// negotiation where the target speaks TLS.
type Probe struct {
	Conn net.Conn
	// Authority is the target's address and port, Path the path to ask for.
	Authority, Path string
	// TLS says that Conn is encrypted.
	TLS bool
	// GRPC asks with POST as a gRPC client does and takes the gRPC status for the answer; otherwise it is a GET and the
	// HTTP status.
	GRPC bool
}

// ProbeFunc carries a Probe out and returns the status. The context bounds it; the connection is closed by the caller.
type ProbeFunc func(ctx context.Context, p Probe) (code int, err error)
