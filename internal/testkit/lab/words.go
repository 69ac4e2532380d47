package lab

import (
	"fmt"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// words are the names of what there is now: a load balancer's and a target group's own, "name:port" for a listener and
// "name:port/priority" for a rule, a security group's name for its id.
func (l *Lab) words() words {
	w := map[string]string{}
	l.API.Store().View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			w[b.ARN] = b.Name
			for _, listener := range s.Listeners(b.ARN) {
				at := fmt.Sprintf("%s:%d", b.Name, listener.Port)
				w[listener.ARN] = at
				for _, r := range s.Rules(listener.ARN) {
					w[r.ARN] = fmt.Sprintf("%s/%d", at, r.Priority)
				}
			}
		}
		for _, g := range s.TargetGroups() {
			w[g.ARN] = g.Name
		}
		for _, t := range s.TrustStores() {
			w[t.ARN] = t.Name
		}
	})
	_ = l.API.World().View(func(s *world.State) error {
		for id, g := range s.SecurityGroups {
			w[id] = g.Name
		}
		return nil
	})
	others := l.options.Word
	if others == nil {
		others = func(id string) string { return id }
	}
	return words{w, others}
}
