package lookup

import (
	"cmp"
	"reflect"
	"slices"
)

// Kind is the kind of a question.
type Kind string

// Kinds of questions.
const (
	// Subnets asks for subnets: by ids and Name tags when Names is set, by role tag otherwise.
	Subnets Kind = "subnets"
	// Certificates asks for all issued certificates of the region.
	Certificates Kind = "certificates"
	// SecurityGroups asks for groups by ids and Name tags.
	SecurityGroups Kind = "securityGroups"
	// VPC asks for the VPC of the cluster.
	VPC Kind = "vpc"
	// TargetGroups asks for target groups by name.
	TargetGroups Kind = "targetGroups"
	// LoadBalancers asks for the load balancer that a stack has already: what cannot be changed on it, or should not be.
	LoadBalancers Kind = "loadBalancers"
)

// Controllers whose stacks are asked for: what the tag "<controller>/stack" of a load balancer begins with.
const (
	IngressStacks = "ingress.k8s.aws"
	ServiceStacks = "service.k8s.aws"
)

// Question is one question to the cloud. It is comparable: equal questions have one answer.
type Question struct {
	Kind Kind
	// Scheme is the load balancer's scheme, for subnet discovery.
	Scheme string
	// Controller is whose stack is meant, for LoadBalancers: IngressStacks or ServiceStacks.
	Controller string
	// Name is one id or Name tag, for Subnets, SecurityGroups and TargetGroups; a list is several questions. For
	// LoadBalancers it is the stack's id text: "namespace/name", or the name of a group.
	Name string
}

// LoadBalancerOf asks for the load balancer that a stack has already.
func LoadBalancerOf(controller, stack string) Question {
	return Question{Kind: LoadBalancers, Controller: controller, Name: stack}
}

// Compare orders questions by kind, scheme, controller and name.
func (q Question) Compare(r Question) int {
	return cmp.Or(cmp.Compare(q.Kind, r.Kind), cmp.Compare(q.Scheme, r.Scheme),
		cmp.Compare(q.Controller, r.Controller), cmp.Compare(q.Name, r.Name))
}

// Answer is what the cloud said. Exactly the member that belongs to the question's kind is set; Err says in words
// why there is none ("access denied"), and is then final until the question is asked again.
type Answer struct {
	Subnets        []Subnet
	Certificates   []Certificate
	SecurityGroups []SecurityGroup
	VPC            *Network
	TargetGroups   []TargetGroup
	// LoadBalancer is the stack's; nil when it has none yet.
	LoadBalancer *LoadBalancer
	Err          string
}

// Subnet is one subnet of a VPC, as far as builds care.
type Subnet struct {
	ID   string
	Name string
	Zone string
	// Locale is availability-zone, local-zone, wavelength-zone or outpost.
	Locale string
	VPC    string
	IPv6   bool
	// IPv4CIDRs and IPv6CIDRs are the subnet's address ranges ("10.42.0.0/20").
	IPv4CIDRs      []string
	IPv6CIDRs      []string
	FreeAddresses  int64
	Tags           map[string]string
	ReachesGateway bool
}

// Certificate is an issued certificate of ACM.
type Certificate struct {
	ARN string
	// Names are its subject alternative names.
	Names []string
	// Authority is the ARN of the private authority that issued it; empty for Amazon's and imported ones.
	Authority string
	Tags      map[string]string
	// Chain and Key are PEM where the answer comes from a file; AWS never gives a key away.
	Chain []byte
	Key   []byte
}

// SecurityGroup is an existing security group.
type SecurityGroup struct {
	ID   string
	Name string
}

// Network is a VPC.
type Network struct {
	ID        string
	IPv4CIDRs []string
	IPv6CIDRs []string
}

// TargetGroup is an existing target group.
type TargetGroup struct {
	ARN  string
	Name string
}

// LoadBalancer is an existing load balancer of a stack.
type LoadBalancer struct {
	ARN string
	// Scheme is internal or internet-facing.
	Scheme string
	// Subnets and SecurityGroups are ids, sorted. A network load balancer that was made without security groups can never
	// get any.
	Subnets        []string
	SecurityGroups []string
}

// Table holds the answers that are known. The nil Table knows none. Reads are pure: what is missing is written down
// in a Missing list by the caller.
type Table struct {
	answers map[Question]Answer
}

// NewTable makes a table of answers.
func NewTable(answers map[Question]Answer) *Table { return &Table{answers: answers} }

// Get finds an answer.
func (t *Table) Get(q Question) (Answer, bool) {
	if t == nil {
		return Answer{}, false
	}
	a, ok := t.answers[q]
	return a, ok
}

// Same says whether two tables know the same about a question.
func (t *Table) Same(other *Table, q Question) bool {
	a, known := t.Get(q)
	b, too := other.Get(q)
	return known == too && reflect.DeepEqual(a, b)
}

// Missing gathers questions, those without an answer for instance. The zero value is ready.
type Missing struct {
	list []Question
}

// Add keeps a question.
func (m *Missing) Add(q Question) { m.list = append(m.list, q) }

// Any says whether there are questions at all. It costs nothing however many there are.
func (m *Missing) Any() bool { return len(m.list) > 0 }

// Sorted returns the questions in order, without repeats.
func (m *Missing) Sorted() []Question {
	out := slices.Clone(m.list)
	slices.SortFunc(out, Question.Compare)
	return slices.Compact(out)
}
