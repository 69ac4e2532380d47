package elb

import (
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

// Questions puts one unit's questions to the cloud and remembers them. Make one for each build.
type Questions struct {
	// Table holds what is known.
	Table *lookup.Table

	asked, missing lookup.Missing
}

// Ask puts a question. Without an answer it is kept as missing; an answer that says why there is none is reported as a
// warning. Only a good answer is returned.
func (q *Questions) Ask(question lookup.Question, about diag.Object, field string, into *diag.Collector) (lookup.Answer, bool) {
	a, ok := q.Known(question)
	if !ok {
		q.missing.Add(question)
		return a, false
	}
	if a.Err != "" {
		into.Add(diag.LookupFailed, about, field, diag.A("what", words(question)), diag.A("reason", a.Err))
		return a, false
	}
	return a, true
}

// Known is the answer as it is now; a question without one is not asked for its sake.
func (q *Questions) Known(question lookup.Question) (lookup.Answer, bool) {
	q.asked.Add(question)
	return q.Table.Get(question)
}

// Asked are all questions so far, sorted.
func (q *Questions) Asked() []lookup.Question { return q.asked.Sorted() }

// Missing are those without an answer, sorted.
func (q *Questions) Missing() []lookup.Question { return q.missing.Sorted() }

// Open says whether there are any without an answer.
func (q *Questions) Open() bool { return q.missing.Any() }

func words(q lookup.Question) string {
	text := string(q.Kind)
	if q.Scheme != "" {
		text += " of scheme " + q.Scheme
	}
	if q.Controller != "" {
		text += " of " + q.Controller
	}
	if q.Name != "" {
		text += " " + q.Name
	}
	return text
}
