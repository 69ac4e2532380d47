package client

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"golang.org/x/time/rate"
)

// Throttle bounds how fast calls are made. The first limit that fits an operation of a service holds for it, together
// with all other operations that it fits.
type Throttle []Limit

// Limit is one bound.
type Limit struct {
	// Service is the SDK's id.
	Service string
	// Operations are those whose names the expression matches.
	Operations *regexp.Regexp
	// Rate is calls per second, Burst how many may come at once after a pause.
	Rate  float64
	Burst int
}

// DefaultThrottle has the original's limits.
func DefaultThrottle() Throttle {
	return Throttle{
		{wafv2.ServiceID, regexp.MustCompile("^(Associate|Disassociate)WebACL$"), 0.5, 1},
		{wafv2.ServiceID, regexp.MustCompile("^(GetWebACLForResource|ListResourcesForWebACL)$"), 1, 1},
		{elbv2.ServiceID, regexp.MustCompile("^(Register|Deregister)Targets$"), 4, 20},
		{elbv2.ServiceID, regexp.MustCompile("^Describe"), 50, 200},
		{elbv2.ServiceID, regexp.MustCompile("^Modify"), 3, 20},
	}
}

// Unthrottled makes calls as fast as they come, for tests and for an API of our own.
func Unthrottled() Throttle { return Throttle{} }

// ParseThrottle reads "SERVICE:REGEX=RATE:BURST,...", the value of --aws-api-throttle. What it names comes before the
// defaults of the same service.
func ParseThrottle(text string) (Throttle, error) {
	var out Throttle
	for _, part := range parts(text) {
		l, err := parseLimit(part)
		if err != nil {
			return nil, fmt.Errorf("throttle %q: %w", part, err)
		}
		if l.Service != "" {
			out = append(out, l)
		}
	}
	return append(out, DefaultThrottle()...), nil
}

func parseLimit(part string) (Limit, error) {
	const want = "want SERVICE:REGEX=RATE:BURST"
	at := strings.LastIndexByte(part, '=')
	if at < 0 {
		return Limit{}, fmt.Errorf("%s", want)
	}
	name, pattern, ok := strings.Cut(part[:at], ":")
	speed, burst, too := strings.Cut(part[at+1:], ":")
	if !ok || !too || pattern == "" {
		return Limit{}, fmt.Errorf("%s", want)
	}
	id, err := serviceID(strings.TrimSpace(name))
	if err != nil {
		return Limit{}, err
	}
	l := Limit{Service: id}
	if l.Operations, err = regexp.Compile(pattern); err != nil {
		return Limit{}, fmt.Errorf("operations: %w", err)
	}
	if l.Rate, err = strconv.ParseFloat(strings.TrimSpace(speed), 64); err != nil || !(l.Rate > 0) {
		return Limit{}, fmt.Errorf("the rate %q is no number above 0", speed)
	}
	if l.Burst, err = strconv.Atoi(strings.TrimSpace(burst)); err != nil || l.Burst < 1 {
		return Limit{}, fmt.Errorf("the burst %q is no whole number above 0", burst)
	}
	return l, nil
}

// limiter holds the tokens of a throttle.
type limiter struct {
	limits  Throttle
	buckets []*rate.Limiter
}

func newLimiter(t Throttle) *limiter {
	l := &limiter{limits: t}
	for _, limit := range t {
		l.buckets = append(l.buckets, rate.NewLimiter(rate.Limit(limit.Rate), limit.Burst))
	}
	return l
}

// wait takes a token, or waits until there is one.
func (l *limiter) wait(ctx context.Context, service, operation string) error {
	for i, limit := range l.limits {
		if limit.Service == service && limit.Operations.MatchString(operation) {
			return l.buckets[i].Wait(ctx)
		}
	}
	return nil
}
