package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// namePrefix begins web ACLs that are named and not given by ARN.
const namePrefix = "name/"

// wish is a desired model made ready for a comparison with AWS.
type wish struct {
	// model is a copy; empty when everything is to go.
	model *model.Model
	// backend is the group that all load balancers of the cluster share, when the stack needs it; it is not part of model.
	backend   *model.SecurityGroup
	backendID string
	// problems are add-ons that could not be understood and are left as they are.
	problems []error
}

// nothing says whether everything is to go.
func (w *wish) nothing() bool {
	return len(w.model.LoadBalancers)+len(w.model.TargetGroups)+len(w.model.SecurityGroups) == 0
}

// desired is the model for rooms that take nil for nothing.
func (w *wish) desired() *model.Model {
	if w.nothing() {
		return nil
	}
	return w.model
}

// prepare copies a desired model, takes the shared security group out of it and finds what names stand for.
func (r *Realizer) prepare(ctx context.Context, desired *model.Model) (*wish, error) {
	w := &wish{model: &model.Model{}}
	if desired == nil {
		return w, nil
	}
	w.model.TargetGroups = slices.Clone(desired.TargetGroups)
	for i := range desired.SecurityGroups {
		g := desired.SecurityGroups[i]
		if observe.TagValue(g.Tags, observe.TagShared) == observe.BackendGroup {
			w.backend = &g
			continue
		}
		w.model.SecurityGroups = append(w.model.SecurityGroups, g)
	}
	for i := range desired.LoadBalancers {
		lb := desired.LoadBalancers[i]
		lb.SecurityGroups, lb.Listeners = slices.Clone(lb.SecurityGroups), slices.Clone(lb.Listeners)
		if err := r.resolveNames(ctx, &lb, w); err != nil {
			return nil, err
		}
		w.model.LoadBalancers = append(w.model.LoadBalancers, lb)
	}
	return w, nil
}

// resolveNames replaces names of web ACLs and trust stores by ARNs. A web ACL that cannot be found leaves the association as
// it is; a trust store that cannot be found stops the stack, because a listener without it would let everybody in.
func (r *Realizer) resolveNames(ctx context.Context, lb *model.LoadBalancer, w *wish) error {
	if name, ok := strings.CutPrefix(lb.WebACL, namePrefix); ok {
		arn, err := r.o.Resolver.WebACL(ctx, name)
		if err != nil {
			w.problems = append(w.problems, fmt.Errorf("web ACL %s: %w", name, err))
		}
		lb.WebACL = arn
	}
	for i := range lb.Listeners {
		m := lb.Listeners[i].MutualAuthentication
		if m == nil || m.TrustStore == "" || strings.HasPrefix(m.TrustStore, "arn:") {
			continue
		}
		arn, err := r.o.Resolver.TrustStore(ctx, m.TrustStore)
		if err != nil {
			return fmt.Errorf("trust store %s: %w", m.TrustStore, err)
		}
		found := *m
		found.TrustStore = arn
		lb.Listeners[i].MutualAuthentication = &found
	}
	return nil
}

// useBackend puts the id of the shared group in its place.
func (w *wish) useBackend(id string) {
	w.backendID = id
	w.model = plan.Rename(w.model, plan.IDs{SecurityGroups: map[string]string{w.backend.ID: id}})
}

// fingerprint is a short text that is equal for equal wishes. Targets are no part of it, nor is what AWS never sees.
func (r *Realizer) fingerprint(w *wish) string {
	m := *w.model
	m.TargetGroups = slices.Clone(m.TargetGroups)
	for i := range m.TargetGroups {
		m.TargetGroups[i].Targets, m.TargetGroups[i].Binding = nil, nil
	}
	m.LoadBalancers = slices.Clone(m.LoadBalancers)
	for i := range m.LoadBalancers {
		m.LoadBalancers[i].Listeners = slices.Clone(m.LoadBalancers[i].Listeners)
		for j := range m.LoadBalancers[i].Listeners {
			l := &m.LoadBalancers[i].Listeners[j]
			l.DefaultSource, l.DefaultPolicy = model.Source{}, nil
			l.Rules = slices.Clone(l.Rules)
			for k := range l.Rules {
				l.Rules[k].Source, l.Rules[k].Policy = model.Source{}, nil
			}
		}
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %q %q\n", r.o.Cluster, r.o.Policy, r.o.ForeignTags)
	_, _ = h.Write(model.Print(&m, model.WithSecrets()))
	return hex.EncodeToString(h.Sum(nil)[:16])
}
