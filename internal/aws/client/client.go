package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/smithy-go/logging"
)

// Options say how AWS is reached. The zero value is the SDK's standard behaviour with the original's patience.
type Options struct {
	// Region overrides what the environment, the shared configuration and the instance say (flag aws-region).
	Region string
	// Endpoint is one URL for all services, above AWS_ENDPOINT_URL. Endpoints are URLs by service and win over it (flag
	// aws-api-endpoints).
	Endpoint  string
	Endpoints Endpoints
	// MaxRetries is how often a call is sent again after a first failure; 10 when 0 (flag aws-max-retries).
	MaxRetries int
	// MaxBackoff is the longest pause before a call is sent again; the SDK's 20 seconds when 0.
	MaxBackoff time.Duration
	// Throttle bounds how fast calls are made; DefaultThrottle when nil (flag aws-api-throttle).
	Throttle Throttle
	// HTTP sends the requests; the SDK's own client when nil.
	HTTP *http.Client
	// Credentials replace the SDK's chain (environment, shared configuration, web identity, pod identity, instance role).
	Credentials aws.CredentialsProvider
	// Sink hears of every call; nil for none. Counts are kept either way.
	Sink Sink
	// Logger gets the SDK's warnings, which hold no arguments and no credentials; nil drops them.
	Logger *slog.Logger
}

// Clients are one client for each service that we call.
type Clients struct {
	ELB     *elbv2.Client
	EC2     *ec2.Client
	ACM     *acm.Client
	WAF     *wafv2.Client
	Shield  *shield.Client
	STS     *sts.Client
	Tagging *resourcegroupstaggingapi.Client
	// Region is the one in use.
	Region string

	counter  *counter
	metadata *imds.Client
	conf     aws.Config
	options  Options
}

// ErrNoRegion says that nobody named a region.
var ErrNoRegion = errors.New("no AWS region: name one with --aws-region or AWS_REGION")

const (
	defaultMaxRetries = 10
	// answerWithin bounds one attempt of a call: a connection that says nothing must not hold a stack for ever.
	answerWithin = time.Minute
)

// New makes the clients. It makes no call, but for the question to the instance metadata which region this is, when nothing
// else names one.
func New(ctx context.Context, o Options) (*Clients, error) {
	c := &Clients{counter: newCounter(o.Sink)}
	throttle := o.Throttle
	if throttle == nil {
		throttle = DefaultThrottle()
	}
	load := []func(*config.LoadOptions) error{
		config.WithLogger(logging.LoggerFunc(func(kind logging.Classification, format string, values ...any) {
			if o.Logger != nil && kind == logging.Warn {
				o.Logger.Warn("the AWS SDK warns", "message", fmt.Sprintf(format, values...))
			}
		})),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(answerWithin)),
		config.WithRetryer(func() aws.Retryer { return o.retryer() }),
		config.WithAPIOptions(middlewares(c.counter, newLimiter(throttle))),
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	} else {
		load = append(load, config.WithEC2IMDSRegion())
	}
	if o.Credentials != nil {
		load = append(load, config.WithCredentialsProvider(o.Credentials))
	}
	conf, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("read AWS settings: %w", err)
	}
	if conf.Region == "" {
		return nil, ErrNoRegion
	}
	c.Region = conf.Region
	if o.HTTP != nil {
		// Only now: a client of somebody else's cannot take the AWS_CA_BUNDLE that the SDK reads.
		conf.HTTPClient = o.HTTP
	}
	c.conf, c.options = conf, o
	c.connect(conf, o)
	return c, nil
}

// connect makes a client for each service, at its own URL if it has one.
func (c *Clients) connect(conf aws.Config, o Options) {
	at := func(service string) *string {
		if url := cmp.Or(o.Endpoints[service], o.Endpoint); url != "" {
			return &url
		}
		return nil
	}
	set := func(base **string, service string) {
		if url := at(service); url != nil {
			*base = url
		}
	}
	c.metadata = imds.NewFromConfig(conf)
	c.ELB = elbv2.NewFromConfig(conf, func(s *elbv2.Options) { set(&s.BaseEndpoint, elbv2.ServiceID) })
	c.EC2 = ec2.NewFromConfig(conf, func(s *ec2.Options) { set(&s.BaseEndpoint, ec2.ServiceID) })
	c.ACM = acm.NewFromConfig(conf, func(s *acm.Options) { set(&s.BaseEndpoint, acm.ServiceID) })
	c.WAF = wafv2.NewFromConfig(conf, func(s *wafv2.Options) { set(&s.BaseEndpoint, wafv2.ServiceID) })
	c.Shield = shield.NewFromConfig(conf, func(s *shield.Options) { set(&s.BaseEndpoint, shield.ServiceID) })
	c.STS = sts.NewFromConfig(conf, func(s *sts.Options) { set(&s.BaseEndpoint, sts.ServiceID) })
	c.Tagging = resourcegroupstaggingapi.NewFromConfig(conf, func(s *resourcegroupstaggingapi.Options) {
		set(&s.BaseEndpoint, resourcegroupstaggingapi.ServiceID)
	})
}

// retryer is the SDK's standard one without its budget of retries: a controller that is throttled has nothing better to do
// than to wait, and the budget would make unrelated calls fail. Code PriorRequestNotComplete is no reason to send again at
// once: it means minutes.
func (o Options) retryer() aws.Retryer {
	return retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = cmp.Or(o.MaxRetries, defaultMaxRetries) + 1
		s.RateLimiter = ratelimit.None
		if o.MaxBackoff > 0 {
			s.MaxBackoff = o.MaxBackoff
		}
		s.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(notPrior)}, s.Retryables...)
	})
}

func notPrior(err error) aws.Ternary {
	if e, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err); ok && e.ErrorCode() == "PriorRequestNotComplete" {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// Counts are the calls so far, by service, operation and outcome.
func (c *Clients) Counts() map[Call]int { return c.counter.counts() }

// ResetCounts begins counting anew.
func (c *Clients) ResetCounts() { c.counter.reset() }
