package telemetry

import (
	"strconv"
	"strings"
	"time"
)

// HealthCheck is one check of a target, for health-check logs.
type HealthCheck struct {
	// Group is the target group's ID, Address what was connected to, Protocol the check's: HTTP, HTTPS, TCP or GRPC.
	Group, Address, Protocol string
	Time                     time.Time
	Took                     time.Duration
	Passed                   bool
	// Code is the status of the answer, negative when there was none; Reason is ELB's reason code of a failure
	// ("Target.Timeout").
	Code   int
	Reason string
}

// WriteHealthCheck logs a check for all load balancers that log the checks of the target group.
func (l *AccessLog) WriteHealthCheck(h *HealthCheck) {
	if l.deliveries == nil {
		return
	}
	list := (*l.deliveries.byGroup.Load())[h.Group]
	if len(list) == 0 {
		return
	}
	b := lines.Get().(*[]byte)
	*b = append(l.appendHealthCheck((*b)[:0], h), '\n')
	for _, o := range list {
		o.health.Append(o.node, *b)
	}
	lines.Put(b)
}

// appendHealthCheck appends a line with the fields that AWS names for health-check logs, in that order: type, time,
// latency, target_addr, target_group_id, status, status_code, reason_code. The service does not publish every word of
// the last two; where it does not, they are those of DescribeTargetHealth without what stands before the dot.
func (l *AccessLog) appendHealthCheck(b []byte, h *HealthCheck) []byte {
	b = append(b, strings.ToLower(h.Protocol)...)
	b = l.clock.appendISO(append(b, ' '), h.Time)
	b = append(b, ' ')
	b = strconv.AppendFloat(b, h.Took.Seconds(), 'f', 9, 64)
	b = appendBare(append(b, ' '), h.Address)
	b = appendBare(append(b, ' '), groupName(h.Group))
	if h.Passed {
		b = append(b, " PASS "...)
	} else {
		b = append(b, " FAIL "...)
	}
	if h.Code >= 0 {
		b = strconv.AppendInt(b, int64(h.Code), 10)
	} else {
		b = append(b, '-')
	}
	if h.Passed {
		return append(b, " -"...)
	}
	return appendBare(append(b, ' '), failure(h.Reason))
}

// failure is the word of a reason code in logs.
func failure(reason string) string {
	switch reason {
	case "Target.Timeout":
		return "RequestTimedOut"
	case "Target.FailedHealthChecks":
		return "TargetError"
	}
	_, word, found := strings.Cut(reason, ".")
	if !found {
		return reason
	}
	return word
}

// groupName is the name in a target group's ARN; IDs that are none stand for themselves.
func groupName(id string) string {
	if _, end, ok := strings.Cut(id, ":targetgroup/"); ok {
		name, _, _ := strings.Cut(end, "/")
		return name
	}
	return id
}
