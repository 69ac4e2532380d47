package elb

import (
	"errors"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// DeletionProtection is the attribute that keeps a load balancer, and an object that is being deleted, in place.
const DeletionProtection = "deletion_protection.enabled"

// Attributed is the resource that attributes are checked for.
type Attributed struct {
	Resource model.AttributeResource
	Type     model.LoadBalancerType
	// External says that AWS carries them out; otherwise our own data plane does.
	External bool
}

// Check judges attributes by the model's table. A key that the table does not hold is passed on, since AWS may know newer
// ones; a bad value is left out, because AWS would refuse all attributes together with it. Where our own data plane serves,
// an attribute that it does not carry out is told: a user who asks for stickiness must hear that there is none.
func (a Attributed) Check(pairs []annotation.Pair, about diag.Object, field string, into *diag.Collector) []model.Attribute {
	var out []model.Attribute
	for _, p := range pairs {
		err := model.CheckAttribute(a.Resource, a.Type, p.Key, p.Value)
		switch {
		case errors.Is(err, model.ErrUnknownAttribute):
			into.Add(diag.ALBAttributeUnknown, about, field, diag.A("attribute", p.Key), diag.A("reason", err))
		case err != nil:
			into.Add(diag.ALBAttributeInvalid, about, field,
				diag.A("attribute", p.Key), diag.A("value", p.Value), diag.A("reason", err))
			continue
		case !a.External && a.unserved(p):
			into.Add(diag.ALBAttributeUnserved, about, field, diag.A("attribute", p.Key), diag.A("value", p.Value))
		}
		out = append(out, model.Attribute{Key: p.Key, Value: p.Value})
	}
	return out
}

// unserved says whether a known attribute asks for something that our data plane does not do. Deletion protection is the
// builders' own affair.
func (a Attributed) unserved(p annotation.Pair) bool {
	spec, ok := model.FindAttribute(a.Resource, a.Type, p.Key)
	return ok && !spec.Honoured && p.Value != spec.Default && p.Key != DeletionProtection
}
