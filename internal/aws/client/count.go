package client

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithymiddleware "github.com/aws/smithy-go/middleware"
)

// Call is a kind of call with its outcome.
type Call struct {
	// Service is the SDK's id, Operation the call's name.
	Service   string
	Operation string
	// Outcome is "ok", the error's code, or "no-answer".
	Outcome string
}

// Outcomes that are no codes of AWS.
const (
	OutcomeOK       = "ok"
	OutcomeNoAnswer = "no-answer"
)

// Sink hears of every call once it is over, for metrics.
type Sink interface {
	// Called is told the call, how often it was sent, and how long it took with its retries. No arguments and no
	// credentials are ever passed on.
	Called(c Call, attempts int, took time.Duration)
}

type counter struct {
	sink Sink
	mu   sync.Mutex
	by   map[Call]int
}

func newCounter(s Sink) *counter { return &counter{sink: s, by: map[Call]int{}} }

func (c *counter) counts() map[Call]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.by)
}

func (c *counter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.by)
}

func (c *counter) add(call Call, attempts int, took time.Duration) {
	c.mu.Lock()
	c.by[call]++
	c.mu.Unlock()
	if c.sink != nil {
		c.sink.Called(call, attempts, took)
	}
}

// middlewares count calls at the outermost step, retries included, and take a token of the throttle before each attempt.
func middlewares(c *counter, l *limiter) []func(*smithymiddleware.Stack) error {
	count := smithymiddleware.InitializeMiddlewareFunc("GwanmunCount", func(ctx context.Context, in smithymiddleware.InitializeInput,
		next smithymiddleware.InitializeHandler,
	) (smithymiddleware.InitializeOutput, smithymiddleware.Metadata, error) {
		began := time.Now()
		out, meta, err := next.HandleInitialize(ctx, in)
		attempts := 1
		if r, ok := retry.GetAttemptResults(meta); ok && len(r.Results) > 0 {
			attempts = len(r.Results)
		}
		c.add(Call{middleware.GetServiceID(ctx), middleware.GetOperationName(ctx), outcome(err)}, attempts, time.Since(began))
		return out, meta, err
	})
	throttle := smithymiddleware.FinalizeMiddlewareFunc("GwanmunThrottle", func(ctx context.Context, in smithymiddleware.FinalizeInput,
		next smithymiddleware.FinalizeHandler,
	) (smithymiddleware.FinalizeOutput, smithymiddleware.Metadata, error) {
		if err := l.wait(ctx, middleware.GetServiceID(ctx), middleware.GetOperationName(ctx)); err != nil {
			return smithymiddleware.FinalizeOutput{}, smithymiddleware.Metadata{}, err
		}
		return next.HandleFinalize(ctx, in)
	})
	return []func(*smithymiddleware.Stack) error{
		func(s *smithymiddleware.Stack) error {
			if err := s.Initialize.Add(count, smithymiddleware.After); err != nil {
				return err
			}
			if err := s.Finalize.Insert(throttle, "Retry", smithymiddleware.After); err != nil {
				return s.Finalize.Add(throttle, smithymiddleware.Before) // a service without retries
			}
			return nil
		},
	}
}

func outcome(err error) string {
	if err == nil {
		return OutcomeOK
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return OutcomeNoAnswer
}
