package aws

import (
	"context"
	"errors"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

const (
	// rounds is how often a stack is compared and changed in one Reconcile: what is created gets settings of its own, and
	// what AWS has no room for comes after what had to go.
	rounds = 4
	// looks is how often AWS is looked at again when a call shows that it differs from what was believed.
	looks = 2
	// waitPause is when to come back for something that is not ready yet.
	waitPause = 10 * time.Second
)

// Reconcile makes a stack what is desired; nil, or a model without any resource, means that everything goes. What was done
// before a failure stays done, and is in the outcome; the error says what failed, one line for each call.
func (r *Realizer) Reconcile(ctx context.Context, id StackID, desired *model.Model) (Outcome, error) {
	s := r.stack(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := r.prepare(ctx, desired)
	if err != nil {
		return Outcome{}, err
	}
	if w.backend != nil {
		group, err := r.joinBackend(ctx, id, w.backend)
		if err != nil {
			return Outcome{}, err
		}
		w.useBackend(group)
	}
	job := &job{r: r, id: id, s: s, w: w, fingerprint: r.fingerprint(w)}
	err = job.run(ctx)
	if errors.Is(err, errWaiting) {
		err = nil
	}
	err = errors.Join(append([]error{err}, w.problems...)...)
	if err == nil && w.backend == nil {
		var waiting string
		if waiting, err = r.partWithBackend(ctx, id, w, len(job.out.Operations) > 0); waiting != "" {
			job.wait(waiting)
		}
	}
	return job.finish(ctx, err), err
}

// partWithBackend leaves the shared security group when the stack needs it no more: when it was among its users, and when the
// stack is gone and there is anything new about that. A stack that has been gone for a while costs no look at AWS.
func (r *Realizer) partWithBackend(ctx context.Context, id StackID, w *wish, changed bool) (string, error) {
	b := &r.backend
	b.mu.Lock()
	news := b.users[id] || w.nothing() && (changed || !b.parted)
	b.mu.Unlock()
	if !news {
		return "", nil
	}
	return r.leaveBackend(ctx, id)
}

func (r *Realizer) withholdsDeletion() bool {
	return r.o.Policy == plan.NeverDelete || r.o.Policy == plan.UpsertOnly
}

// job is one Reconcile.
type job struct {
	r           *Realizer
	id          StackID
	s           *stack
	w           *wish
	fingerprint string
	out         Outcome
	looked      int
}

// errWaiting says that all that failed is only not ready yet.
var errWaiting = errors.New("waiting")

func (j *job) run(ctx context.Context) error {
	now := j.r.o.Now()
	if j.s.state != nil && j.s.made == j.fingerprint && now.Before(j.s.due) {
		return nil
	}
	if j.s.state == nil || !j.s.deep || !now.Before(j.s.due) || now.Sub(j.s.looked) >= j.r.o.SweepKept {
		if err := j.r.look(ctx, j.id, j.s, j.w, j.fingerprint); err != nil {
			return err
		}
		if j.s.made == j.fingerprint {
			return nil
		}
	} else {
		j.s.state.Readopt(j.w.model)
	}
	j.s.made = ""
	for range rounds {
		p := plan.Compare(j.w.model, j.s.state.Model, plan.Options{
			Policy: j.r.o.Policy, TargetsOfNewOnly: true, ForeignTags: j.r.o.ForeignTags,
		})
		j.out.Withheld = p.Withheld
		if len(p.Operations) == 0 {
			return j.done(ctx)
		}
		j.r.load(ctx, j.id, j.s)
		if err := j.r.keep(ctx, j.id, j.s, changing(j.s.checkpoint)); err != nil {
			return err
		}
		results := j.r.applier.Run(ctx, j.s.state, p.Operations)
		j.s.touched = j.r.observer.Mark()
		if again, err := j.judge(ctx, results); err != nil || !again {
			return err
		}
	}
	return notSettled{}
}

// notSettled is an error of ours: AWS and the model disagree about what was just made equal.
type notSettled struct{}

func (notSettled) Error() string {
	return "the stack still differs from what is desired after all changes were accepted"
}

// Class makes it a matter of trying again later.
func (notSettled) Class() awserr.Class { return awserr.Transient }

// judge counts what was done and says whether to go on: after successes to compare again, after failures only where another
// look at AWS, or the room that was made, may help.
func (j *job) judge(ctx context.Context, results []apply.Result) (again bool, err error) {
	var errs []error
	waiting, stale, unsure, progress, full := true, false, false, false, false
	for _, res := range results {
		switch {
		case res.Err == nil:
			progress = true
			j.out.Operations = append(j.out.Operations, res.Operation)
			j.r.o.Logger.Info("changed AWS", "group", j.id.String(), "call", string(res.Operation.Call), "operation", res.Operation.String())
			continue
		case res.Skipped:
			continue
		}
		errs = append(errs, res.Err)
		waiting = waiting && awserr.Classify(res.Err) == awserr.Waiting
		unsure = unsure || awserr.Unsure(res.Err)
		stale = stale || awserr.Stale(res.Err)
		full = full || awserr.Is(res.Err, "TooManyRules", "TooManyListeners", "TooManyCertificates", "RulesPerSecurityGroupLimitExceeded")
		if awserr.Is(res.Err, "InvalidSecurityGroup", "InvalidGroup.NotFound") {
			j.r.backend.lost(j.r.observer.Mark())
		}
	}
	switch {
	case ctx.Err() != nil:
		j.s.forget()
		return false, ctx.Err()
	case len(errs) == 0:
		return true, nil
	case stale && !unsure && j.looked < looks:
		j.looked++
		j.s.forget()
		return true, j.r.look(ctx, j.id, j.s, j.w, j.fingerprint)
	case full && progress && j.looked < looks:
		j.looked++
		return true, nil
	}
	if stale {
		j.s.forget() // nobody knows what took effect
	}
	err = errors.Join(errs...)
	if waiting {
		j.wait(err.Error())
		return false, errWaiting
	}
	return false, err
}

// done notes that the wish is fulfilled.
func (j *job) done(ctx context.Context) error {
	j.s.made = j.fingerprint
	if j.w.nothing() {
		return j.r.keep(ctx, j.id, j.s, "")
	}
	if err := j.r.keep(ctx, j.id, j.s, checkpointOf(j.fingerprint, j.s.state.Part(), secretsOf(j.w.model))); err != nil {
		j.r.o.Logger.Warn("cannot keep a checkpoint", "group", j.id.String(), "error", err)
	}
	return nil
}

func (j *job) wait(what string) {
	if j.out.Waiting == "" {
		j.out.Waiting = what
	}
}

// finish completes the outcome. After a failure it is for the caller to say when to try again: the next look at AWS may be
// hours away.
func (j *job) finish(ctx context.Context, err error) Outcome {
	if j.s.state != nil {
		if name := j.r.provisioning(ctx, j.s.state); name != "" {
			j.wait("load balancer " + name + " is provisioning")
		}
		j.out.Gone = j.w.nothing() && j.s.state.Empty()
	}
	j.s.publish()
	j.out.show(j.s.state, j.w)
	switch {
	case j.out.Waiting != "":
		j.out.RequeueAfter = waitPause
	case err == nil && !j.out.Gone:
		j.out.RequeueAfter = max(j.s.due.Sub(j.r.o.Now()), time.Second)
	}
	return j.out
}
