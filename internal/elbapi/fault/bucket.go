package fault

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// Throttled is what a service answers when there are too many calls.
func Throttled(s wire.Service) error {
	switch s {
	case wire.EC2:
		return wire.Errorf("RequestLimitExceeded", "Request limit exceeded.")
	case wire.STS, wire.IAM:
		return wire.Errorf("Throttling", "Rate exceeded")
	case wire.Tagging:
		return wire.Errorf("ThrottledException", "Rate exceeded")
	}
	return wire.Errorf(wire.ThrottlingException, "Rate exceeded")
}

// withMessage gives an error of Throttled another message, unless it is empty.
func withMessage(err error, message string) error {
	var api smithy.APIError
	if message == "" || !errors.As(err, &api) {
		return err
	}
	return wire.Errorf(api.ErrorCode(), "%s", message)
}

// Rate is a token bucket: so many calls at once, and so many more every second.
type Rate struct {
	Burst     float64
	PerSecond float64
}

// DescribeRate is AWS's for calls of ELBv2 that change nothing: 40 at once, 10 a second more.
var DescribeRate = Rate{Burst: 40, PerSecond: 10}

// Buckets throttle as AWS does: calls that change nothing take from a bucket of their service. What AWS allows of the other
// calls is not known, so they have no limit. All methods may be called from any goroutine.
type Buckets struct {
	rate Rate
	now  func() time.Time

	mu    sync.Mutex
	level map[wire.Service]*level
}

type level struct {
	tokens float64
	at     time.Time
}

// NewBuckets makes full buckets.
func NewBuckets(r Rate, now func() time.Time) *Buckets {
	return &Buckets{rate: r, now: now, level: map[wire.Service]*level{}}
}

// Take takes a token for a call, or gives the error to answer it with.
func (b *Buckets) Take(s wire.Service, operation string) error {
	if !ReadOnly(operation) {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	l := b.level[s]
	if l == nil {
		l = &level{b.rate.Burst, now}
		b.level[s] = l
	}
	if passed := now.Sub(l.at).Seconds(); passed > 0 {
		l.tokens = min(b.rate.Burst, l.tokens+passed*b.rate.PerSecond)
	}
	l.at = now
	if l.tokens < 1 {
		return Throttled(s)
	}
	l.tokens--
	return nil
}

// ReadOnly says whether a call changes nothing, by its name.
func ReadOnly(operation string) bool {
	for _, prefix := range []string{"Describe", "Get", "List"} {
		if strings.HasPrefix(operation, prefix) {
			return true
		}
	}
	return false
}
