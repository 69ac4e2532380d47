package controller

import (
	"context"
	"slices"
	"time"

	"github.com/gwanmun/gwanmun/internal/lookup"
)

// lookupLoop answers the questions that builds have about AWS, as soon as they come up, and renews the answers from time to
// time, because subnets and certificates change without a word to Kubernetes. Only the leader asks.
func (c *Controller) lookupLoop(ctx context.Context) {
	renew := time.NewTicker(c.o.Cloud.LookupInterval)
	defer renew.Stop()
	retry := time.NewTicker(c.o.Cloud.LookupRetry)
	defer retry.Stop()
	// What was known when this replica led before may be old.
	c.answer(ctx, c.questionsOf(everyQuestion))
	for ctx.Err() == nil {
		c.answerOpen(ctx)
		select {
		case <-ctx.Done():
		case <-c.questions:
		case <-retry.C:
			c.answer(ctx, c.questionsOf(failedQuestions))
		case <-renew.C:
			c.answer(ctx, c.questionsOf(everyQuestion))
		}
	}
}

// answerOpen answers questions until no build has any more. An answer may lead to another question, but not for ever: a
// question that was answered is not open.
func (c *Controller) answerOpen(ctx context.Context) {
	for ctx.Err() == nil {
		open := c.questionsOf(openQuestions)
		if len(open) == 0 {
			return
		}
		c.answer(ctx, open)
	}
}

// answer puts questions to AWS and builds again what hangs on the answers. Answers that nobody asks for any more are
// dropped.
func (c *Controller) answer(ctx context.Context, questions []lookup.Question) {
	if len(questions) == 0 {
		return
	}
	fresh := c.o.Cloud.Lookups.Answer(ctx, questions)
	if ctx.Err() != nil {
		return
	}
	c.world.mu.RLock()
	asked := c.world.asked()
	answers := map[lookup.Question]lookup.Answer{}
	for q, a := range c.world.answers {
		if asked[q] {
			answers[q] = a
		}
	}
	c.world.mu.RUnlock()
	for _, q := range questions {
		a, ok := fresh[q]
		if !ok {
			a = lookup.Answer{Err: "it was not answered"}
		}
		if old, known := answers[q]; a.Err != "" && known && old.Err == "" {
			// A good answer is better than none: nothing is torn down because AWS cannot be asked for a while.
			c.o.Logger.Warn("renewing an answer of AWS", "question", q, "error", a.Err)
			continue
		}
		answers[q] = a
	}
	c.spread(c.world.setAnswers(answers))
}

// selection chooses questions by the answer that is known.
type selection func(a lookup.Answer, known bool) bool

func everyQuestion(lookup.Answer, bool) bool           { return true }
func openQuestions(_ lookup.Answer, known bool) bool   { return !known }
func failedQuestions(a lookup.Answer, known bool) bool { return known && a.Err != "" }

// questionsOf lists questions that builds ask, in order.
func (c *Controller) questionsOf(want selection) []lookup.Question {
	c.world.mu.RLock()
	defer c.world.mu.RUnlock()
	var out []lookup.Question
	for q := range c.world.asked() {
		if a, known := c.world.answers[q]; want(a, known) {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, lookup.Question.Compare)
	return out
}

// asked are the questions of all builds, and that for the VPC, which bindings need. The read lock is held.
func (w *world) asked() map[lookup.Question]bool {
	out := map[lookup.Question]bool{{Kind: lookup.VPC}: true}
	for _, u := range w.state.Units() {
		for _, q := range u.Asked {
			out[q] = true
		}
	}
	return out
}

// vpc is the VPC of the cluster, once it is known.
func (w *world) vpc() string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if a := w.answers[lookup.Question{Kind: lookup.VPC}]; a.VPC != nil {
		return a.VPC.ID
	}
	return ""
}
