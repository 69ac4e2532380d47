package ingressalb

import (
	"cmp"

	networkingv1 "k8s.io/api/networking/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// member is one Ingress of a group with everything that it asks for, before the members are brought together. What is in
// here depends on no other member.
type member struct {
	ing    *networkingv1.Ingress
	object diag.Object
	params *elbv2.IngressClassParams
	order  int64
	// values reads IngressClassParams before annotations; own reads annotations alone.
	values *annotation.Reader
	own    *annotation.Reader
	// found are the diagnostics about this member; failed says that one of them leaves it out of the group.
	found  diag.Collector
	failed bool

	tags         []annotation.Pair
	ports        []alb.ListenPort
	certificates []string
	// portsUnknown says that listen-ports cannot be read.
	portsUnknown bool
	// served are the ports that the member is served on once members are brought together, sorted.
	served []int32
	// rules are in order, for every port of the member; fallback is the default backend.
	rules    []draft
	fallback *draft
	// targetGroups are those that rules and fallback refer to, in order of first use.
	targetGroups []model.TargetGroup
	// ipv6Service is the first Service with IPv6 endpoints, ipv6Field where it was used.
	ipv6Service string
	ipv6Field   string
}

// work is the building of one group.
type work struct {
	*Builder
	set       *objects.Set
	questions *elb.Questions
	group     string
	members   []*member
	// found are diagnostics about how members go together; they are made anew when a member is left out.
	found diag.Collector
}

// newMember reads what an Ingress asks for.
func (w *work) newMember(ing *networkingv1.Ingress, params *elbv2.IngressClassParams) *member {
	m := &member{ing: ing, object: objectOf(ing), params: params}
	m.values = w.reader(ing, params, &m.found)
	m.own = w.reader(ing, nil, &m.found)
	m.order, _ = get(m, m.values, alb.GroupOrder)
	if ing.DeletionTimestamp != nil {
		m.say(diag.ALBDeletionProtected, annotation.FieldOf(alb.Prefix+alb.LoadBalancerAttributes.Suffix))
	}
	m.tags = w.userTags(m)
	w.readListeners(m)
	w.readRules(m)
	return m
}

// get reads one value. An invalid value whose outcome is to leave the member out does so. The second result says that the
// value was set; the first is the default otherwise.
func get[T any](m *member, r *annotation.Reader, k *annotation.Key[T]) (T, bool) {
	return settle(m, annotation.Get(r, k))
}

func settle[T any](m *member, v annotation.Value[T]) (T, bool) {
	if v.Err != nil {
		m.failed = true
		return v.Value, false
	}
	return v.Value, v.Set
}

// getList reads a list; an empty one counts as not given, as with the original.
func getList[T any](m *member, r *annotation.Reader, k *annotation.Key[[]T]) []T {
	v, _ := get(m, r, k)
	return v
}

// say reports something that does not leave the member out.
func (m *member) say(message diag.Message, field string, args ...diag.Arg) {
	m.found.Add(message, m.object, field, args...)
}

// fail reports something that leaves the member out of its group. The original fails the build of the whole group here,
// which lets one team's mistake stop every other team's changes.
func (m *member) fail(message diag.Message, field string, args ...diag.Arg) {
	m.failed = true
	m.say(message, field, args...)
}

// name is "namespace/name", for messages to other members.
func (m *member) name() string { return m.ing.Namespace + "/" + m.ing.Name }

// compareMembers is the order of a group: by group.order, then by "namespace/name" as one text.
func compareMembers(a, b *member) int {
	return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.name(), b.name()))
}

// ask puts a question to the cloud. Only a good answer is returned.
func (w *work) ask(q lookup.Question, about diag.Object, field string, into *diag.Collector) (lookup.Answer, bool) {
	return w.questions.Ask(q, about, field, into)
}

// known is the answer as it is now; a question without one is not asked for its sake.
func (w *work) known(q lookup.Question) (lookup.Answer, bool) { return w.questions.Known(q) }
