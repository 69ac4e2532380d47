package nlb

import (
	"errors"
	"fmt"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// Actions are weighted target groups of a listener.
var Actions = annotation.Declare[Action](annotation.JSON[Action]{
	What: "a forward to target groups", Validate: Action.validate,
}, entry(annotation.Entry{
	Suffix: "actions.", Scope: annotation.ScopeListener, OnInvalid: annotation.DropObject, Internal: full(), Group: "Actions",
	Doc:     "Further target groups of one listener, beside that of the Service itself; the key ends in the listener's protocol and port, such as `actions.TLS-443`. Other Services are of the same namespace and use the annotations of this one.",
	Example: `{"type":"forward","forwardConfig":{"baseServiceWeight":80,"targetGroups":[{"serviceName":"next","servicePort":80,"weight":20}]}}`,
}))

// Action is what an actions.* annotation holds.
type Action struct {
	Type    string   `json:"type"`
	Forward *Forward `json:"forwardConfig,omitempty"`
}

// Forward sends to the Service's own target group and to others.
type Forward struct {
	// BaseServiceWeight is the weight of the Service's own target group.
	BaseServiceWeight *int32             `json:"baseServiceWeight,omitempty"`
	TargetGroups      []TargetGroupTuple `json:"targetGroups,omitempty"`
	Stickiness        *Stickiness        `json:"targetGroupStickinessConfig,omitempty"`
}

// TargetGroupTuple is a Service with a port, or an existing target group, and its weight.
type TargetGroupTuple struct {
	TargetGroupARN string             `json:"targetGroupARN,omitempty"`
	ServiceName    string             `json:"serviceName,omitempty"`
	ServicePort    annotation.AnyText `json:"servicePort,omitempty"`
	Weight         *int32             `json:"weight,omitempty"`
	// Decrypt sends what came in over TLS to the targets of a Service in plain TCP.
	Decrypt bool `json:"decrypt,omitempty"`
}

// Stickiness keeps clients at a target group, by their address.
type Stickiness struct {
	Enabled bool `json:"enabled,omitempty"`
}

// maxWeight is the largest weight that ELBv2 takes.
const maxWeight = 999

// validate judges an action as far as it can be judged without the cluster. The AWS controller takes an action without a
// forwardConfig and stumbles over it later.
func (a Action) validate() error {
	switch {
	case a.Type != "forward":
		return fmt.Errorf("the type %q is not forward", a.Type)
	case a.Forward == nil:
		return errors.New("the forwardConfig is missing")
	}
	if w := a.Forward.BaseServiceWeight; w != nil && (*w < 0 || *w > maxWeight) {
		return fmt.Errorf("the baseServiceWeight is outside 0 to %d", maxWeight)
	}
	for i, t := range a.Forward.TargetGroups {
		if err := t.validate(len(a.Forward.TargetGroups) > 1); err != nil {
			return fmt.Errorf("targetGroups[%d]: %w", i, err)
		}
	}
	return nil
}

func (t TargetGroupTuple) validate(several bool) error {
	switch {
	case t.TargetGroupARN == "" && t.ServiceName == "":
		return errors.New("it names neither a Service nor an existing target group")
	case t.TargetGroupARN != "" && t.ServiceName != "":
		return errors.New("it names both a Service and an existing target group")
	case t.ServiceName != "" && t.ServicePort == "":
		return errors.New("serviceName needs servicePort")
	case several && t.Weight == nil:
		return errors.New("one of several target groups needs a weight")
	case t.Weight != nil && (*t.Weight < 0 || *t.Weight > maxWeight):
		return fmt.Errorf("the weight is outside 0 to %d", maxWeight)
	}
	return nil
}
