package servicenlb

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// work is the building of one Service's load balancer.
type work struct {
	*Builder
	set       *objects.Set
	questions *elb.Questions
	svc       *corev1.Service
	object    diag.Object
	values    *annotation.Reader
	tagging   elb.Tagging
	// found are the diagnostics; failed says that one of them leaves the load balancer as it is.
	found  diag.Collector
	failed bool

	// existing is the load balancer that the Service has already; nil for none.
	existing *lookup.LoadBalancer
	tags     []annotation.Pair
	subnets  []lookup.Subnet
	lb       model.LoadBalancer
	// source is the security group that targets let in; bare says that the load balancer has no security groups at all.
	source string
	bare   bool
	// targetType and attributes are those of all target groups.
	targetType model.TargetType
	groups     []model.TargetGroup
}

// buildService builds the unit of a Service.
//
// A unit with a member but without a model changes nothing: a mistake, or an answer that is not there yet, is not a wish to
// delete the load balancer. Only a unit without members is.
func (b *Builder) buildService(in build.Input, svc *corev1.Service, key string) build.Unit {
	w := &work{
		Builder: b, set: in.Objects, questions: &elb.Questions{Table: in.Lookups}, svc: svc, object: objectOf(svc),
		tagging: elb.Tagging{
			Cluster: b.options.ClusterName, Controller: lookup.ServiceStacks, Stack: svc.Namespace + "/" + svc.Name,
			Defaults: b.options.DefaultTags, LowPriority: b.options.DefaultTagsLowPriority, External: b.options.ExternalManagedTags,
		},
	}
	unit := build.Unit{Key: key}
	member := build.Member{
		Object:       objects.Key{Kind: objects.KindService, Name: objects.Name{Namespace: svc.Namespace, Name: svc.Name}},
		LoadBalancer: w.id(),
	}
	switch b.judge(svc, &w.found) {
	case ours:
		w.values = annotation.NewReader(b.registry, &w.found, annotation.Layer{
			Kind: annotation.Annotations, Object: w.object, Values: svc.Annotations,
		})
		b.judgeKeys(svc, &w.found)
		unit.Model = w.assemble()
		member.Accepted = !w.failed
		for _, l := range w.lb.Listeners {
			if member.Accepted {
				member.Ports = append(member.Ports, l.Port)
			}
		}
		unit.Members = []build.Member{member}
	case frozen:
		unit.Members = []build.Member{member}
	}
	unit.Asked, unit.Missing = w.questions.Asked(), w.questions.Missing()
	unit.Diagnostics = w.found.Sorted()
	return unit
}

// id is the load balancer's ID, and that of its managed security group. IDs of class alb begin with "alb/", so the two
// never meet.
func (w *work) id() string { return "nlb/" + w.svc.Namespace + "/" + w.svc.Name }

// assemble makes the model; nil when something about it is wrong or not known yet. Reading goes on after a mistake, so that
// all mistakes are told at once.
func (w *work) assemble() *model.Model {
	answer, ok := w.ask(lookup.LoadBalancerOf(lookup.ServiceStacks, w.tagging.Stack), "")
	if !ok {
		return nil
	}
	w.existing = answer.LoadBalancer
	out := &model.Model{}
	user, _ := get(w, nlb.Tags)
	w.tags = w.tagging.Allowed(user, w.object, fieldOf(nlb.Tags), &w.found)
	w.loadBalancer()
	w.securityGroups(out)
	w.chooseTargetType()
	w.listeners(out)
	w.tellQUIC()
	w.unusedMembers()
	if w.failed || w.questions.Open() {
		return nil
	}
	out.LoadBalancers = []model.LoadBalancer{w.lb}
	slices.SortFunc(w.groups, func(a, b model.TargetGroup) int { return strings.Compare(a.ID, b.ID) })
	out.TargetGroups = w.groups
	return out
}

// get reads one value. An invalid value whose outcome is not to use the default fails the Service. The second result says
// that the value was set; the first is the default otherwise.
func get[T any](w *work, k *annotation.Key[T]) (T, bool) {
	return settle(w, annotation.Get(w.values, k))
}

func settle[T any](w *work, v annotation.Value[T]) (T, bool) {
	if v.Err != nil {
		w.failed = true
		return v.Value, false
	}
	return v.Value, v.Set
}

// getList reads a list; an empty one counts as not given, as with the original.
func getList[T any](w *work, k *annotation.Key[[]T]) []T {
	v, _ := get(w, k)
	return v
}

// say reports something that the load balancer is made in spite of; fail something that leaves it as it is.
func (w *work) say(message diag.Message, field string, args ...diag.Arg) {
	w.found.Add(message, w.object, field, args...)
}

func (w *work) fail(message diag.Message, field string, args ...diag.Arg) {
	w.failed = true
	w.say(message, field, args...)
}

// ask puts a question to the cloud; one that the cloud cannot answer fails the Service.
func (w *work) ask(q lookup.Question, field string) (lookup.Answer, bool) {
	answer, ok := w.questions.Ask(q, w.object, field, &w.found)
	if !ok {
		w.failed = w.failed || answer.Err != ""
	}
	return answer, ok
}

// unused tells of a key without effect.
func (w *work) unused(k annotation.Declared, member, why string) {
	key := keyOf(k) + member
	w.say(diag.NLBKeyUnused, annotation.FieldOf(key), diag.A("key", key), diag.A("why", why))
}

// resourceTags completes the Service's tags for one resource.
func (w *work) resourceTags(resource string) []model.Tag { return w.tagging.Of(resource, w.tags) }
