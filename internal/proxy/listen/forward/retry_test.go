package forward

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

func TestAnotherTargetIsAskedWhenThePolicyAllowsIt(t *testing.T) {
	lost := failure{kind: failError, status: 502, sent: true}
	unsent := failure{kind: failError, status: 502}
	late := failure{kind: failTimeout, status: 504, sent: true}
	for _, c := range []struct {
		name    string
		dialect model.Dialect
		method  string
		policy  *model.Retry
		failure failure
		partial bool
		tries   int
		elapsed time.Duration
		want    bool
	}{
		{name: "nginx tries three times", dialect: "nginx", method: "GET", failure: lost, tries: 2, want: true},
		{name: "and no more", dialect: "nginx", method: "GET", failure: lost, tries: 3},
		{name: "timeouts count too", dialect: "nginx", method: "PUT", failure: late, tries: 1, want: true},
		{name: "a POST that was sent is not repeated", dialect: "nginx", method: "POST", failure: lost, tries: 1},
		{name: "nor a PATCH", dialect: "nginx", method: "PATCH", failure: lost, tries: 1},
		{name: "nor a LOCK", dialect: "nginx", method: "LOCK", failure: lost, tries: 1},
		{name: "a POST that was not sent is", dialect: "nginx", method: "POST", failure: unsent, tries: 1, want: true},
		{
			name: "a POST is repeated with non_idempotent", dialect: "nginx", method: "POST", failure: lost, tries: 1, want: true,
			policy: &model.Retry{Attempts: 3, On: []string{"error", "non_idempotent"}},
		},
		{name: "what was streamed cannot be repeated", dialect: "nginx", method: "PUT", failure: lost, partial: true, tries: 1},
		{
			name: "off", dialect: "nginx", method: "GET", failure: lost, tries: 1,
			policy: &model.Retry{Attempts: 3, On: []string{"off"}},
		},
		{
			name: "time is up", dialect: "nginx", method: "GET", failure: lost, tries: 1, elapsed: time.Second,
			policy: &model.Retry{Attempts: 3, TimeoutMillis: 1000, On: []string{"error"}},
		},
		{
			name: "malformed answers by default", dialect: "nginx", method: "GET", tries: 1,
			failure: failure{kind: failHeader, status: 502, sent: true},
		},
		{
			name: "malformed answers on request", dialect: "nginx", method: "GET", tries: 1, want: true,
			failure: failure{kind: failHeader, status: 502, sent: true},
			policy:  &model.Retry{Attempts: 3, On: []string{"invalid_header"}},
		},
		{
			name: "the client's own fault", dialect: "nginx", method: "GET", tries: 1,
			failure: failure{kind: failClient, status: 400},
		},
		{name: "ELB asks one target", method: "GET", failure: unsent, tries: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &exchange.Exchange{}
			x.Request.Method = []byte(c.method)
			j := &job{l: &compile.Listener{Dialect: c.dialect}, x: x, policy: &model.Policy{Retry: c.policy}}
			j.whole = !c.partial
			if got := j.again(c.failure, c.tries, c.elapsed); got != c.want {
				t.Errorf("again is %v", got)
			}
		})
	}
}

func TestPoliciesWithoutANumberOfAttemptsEndWhenATargetComesUpAgain(t *testing.T) {
	x := &exchange.Exchange{}
	x.Request.Method = []byte("GET")
	j := &job{
		l: &compile.Listener{Dialect: model.DialectNginx}, x: x,
		policy: &model.Policy{Retry: &model.Retry{On: []string{"error"}}},
	}
	j.whole = true
	f := failure{kind: failError, status: 502, sent: true}
	for i, address := range []string{"a", "b", "c"} {
		x.Log.Attempts = append(x.Log.Attempts, exchange.Attempt{Address: address})
		if !j.again(f, i+1, 0) {
			t.Errorf("ended at %s", address)
		}
	}
	x.Log.Attempts = append(x.Log.Attempts, exchange.Attempt{Address: "a"})
	if j.again(f, 4, 0) {
		t.Error("goes on for ever")
	}
}

func TestBodiesThatFailGetTheirStatus(t *testing.T) {
	for err, want := range map[error]int{
		errTooLarge: 413, wire.ErrTimeout: 408, ErrSlow: 408, http1.ErrChunkSize: 400, http1.ErrTrailer: 400,
		io.ErrUnexpectedEOF: 0, errors.New("connection reset"): 0,
	} {
		if got, _ := bodyStatus(fmt.Errorf("read body: %w", err)); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}
