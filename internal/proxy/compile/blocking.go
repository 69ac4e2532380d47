package compile

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Blocking says whether a step of the rule may wait, so that requests which match it must not be decided on an event
// loop. Rules are inline unless a step says otherwise (exchange.Blocking).
func (r *Rule) Blocking() bool { return r.blocking }

// blocks says whether a step may wait.
func (r *Rule) blocks() bool {
	for i := range r.steps {
		if b, ok := r.steps[i].filter.(exchange.Blocking); ok && b.Blocks() {
			return true
		}
	}
	return false
}
