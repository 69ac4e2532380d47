package forward

import (
	"slices"
	"strconv"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// failureKind says what a retry policy has to allow for another try.
type failureKind uint8

const (
	failError failureKind = iota + 1
	failTimeout
	failHeader
	failStatus
	// failClient is nobody's fault but the client's; there is no second try.
	failClient
)

// failure is an attempt that brought no answer to pass on. The zero value is success.
type failure struct {
	kind failureKind
	// status is the answer if this was the last attempt; 0 when there is nobody to answer.
	status int
	// targetStatus is what the target answered, if it did.
	targetStatus int
	reason       string
	// sent says that the target may have seen the request.
	sent bool
	// body says that the client went away within its body.
	body bool
	// stale says that an idle connection turned out to be closed before anything came back, and that the request may
	// be sent again.
	stale bool
}

// nginxRetry is proxy_next_upstream's default as ingress-nginx has it.
var nginxRetry = &model.Retry{Attempts: 3, On: []string{"error", "timeout"}}

// again says whether another target is to be asked. ELB asks only one.
func (j *job) again(f failure, tries int, elapsed time.Duration) bool {
	if f.kind == failClient || j.l.Dialect != model.DialectNginx {
		return false
	}
	r := j.policy.Retry
	if r == nil {
		r = nginxRetry
	}
	switch {
	case !wants(r, f):
		return false
	case f.sent && (!j.whole || !mayRepeat(r, j.x.Request.Method)):
		return false
	case r.TimeoutMillis > 0 && elapsed >= time.Duration(r.TimeoutMillis)*time.Millisecond:
		return false
	case r.Attempts > 0:
		return tries < int(r.Attempts)
	}
	return !j.triedTwice()
}

func wants(r *model.Retry, f failure) bool {
	switch f.kind {
	case failError:
		return slices.Contains(r.On, "error")
	case failTimeout:
		return slices.Contains(r.On, "timeout")
	case failHeader:
		return slices.Contains(r.On, "invalid_header")
	case failStatus:
		return slices.Contains(r.On, "http_"+strconv.Itoa(f.targetStatus))
	}
	return false
}

// mayRepeat says whether a request that a target may have seen is sent to another one. nginx counts everything but
// POST, LOCK and PATCH as safe.
func mayRepeat(r *model.Retry, method []byte) bool {
	switch string(method) {
	case "POST", "LOCK", "PATCH":
		return slices.Contains(r.On, "non_idempotent")
	}
	return true
}

// triedTwice bounds policies without a number of attempts: it is enough when the same target came up again.
func (j *job) triedTwice() bool {
	list := j.x.Log.Attempts
	for i := range list {
		if i < len(list)-1 && list[i].Address == list[len(list)-1].Address {
			return true
		}
	}
	return len(list) >= 32
}

// unwelcome says that the target's status is one that the policy retries, and that there may be another try.
func (j *job) unwelcome(status int) failure {
	r := j.policy.Retry
	if r == nil || status < 400 {
		return failure{}
	}
	f := failure{kind: failStatus, status: status, targetStatus: status, reason: "target status", sent: true}
	if j.again(f, len(j.x.Log.Attempts)+1, j.f.now().Sub(j.x.Start)) {
		return f
	}
	return failure{}
}
