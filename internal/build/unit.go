package build

import (
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Input is everything that a build may look at.
type Input struct {
	Objects *objects.Set
	Lookups *lookup.Table
}

// Unit is the result of building the smallest set of objects that can influence each other: a host for class nginx,
// an IngressGroup for class alb, a Service for network load balancers.
type Unit struct {
	// Key is unique over all classes: "nginx/host/a.example", "alb/group/shop/web",
	// "nlb/service/shop/web".
	Key string
	// Model is the unit's partial model; nil when the unit serves nothing.
	Model       *model.Model
	Diagnostics []diag.Diagnostic
	// Members are the Ingresses or Services that the unit serves, with what their status will say.
	Members []Member
	// Asked are the questions that the build looked for answers of, sorted; it is built again when one of them changes.
	Asked []lookup.Question
	// Missing are the questions whose answers the build lacked. While there are any, Model is what can be said
	// without them, or nil.
	Missing []lookup.Question
}

// Member is one Ingress or Service of a unit.
type Member struct {
	Object objects.Key
	// LoadBalancer is the ID of the load balancer that serves it; its address is the status's address.
	LoadBalancer string
	// Ports are the listener ports that the member uses.
	Ports []int32
	// Accepted is false when the member is left out of its unit; the diagnostics say why.
	Accepted bool
}

// Builder builds the units of one class.
type Builder interface {
	// Units lists the keys of all units, sorted.
	Units(in Input) []string
	// UnitsOf lists the units that an object takes part in, as the set is now; nil for objects that matter to
	// none. State asks before and after each change and rebuilds the union.
	UnitsOf(in Input, k objects.Key) []string
	// Build builds one unit. A key that stands for nothing any more gives a Unit without a Model.
	Build(in Input, key string) Unit
}
