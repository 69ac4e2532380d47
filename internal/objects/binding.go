package objects

import (
	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// ServiceOfBinding is the Service whose endpoints a TargetGroupBinding registers.
func ServiceOfBinding(b *elbv2.TargetGroupBinding) Name {
	return Name{b.Namespace, b.Spec.ServiceRef.Name}
}

func (s *Set) indexBinding(n Name, b *elbv2.TargetGroupBinding, present bool) {
	s.bindingsOfService.set(ServiceOfBinding(b), n, present)
	if b.Spec.TargetGroupARN != "" {
		s.bindingsOfGroup.set(b.Spec.TargetGroupARN, n, present)
	}
}

// TargetGroupBinding finds a TargetGroupBinding; nil when there is none.
func (s *Set) TargetGroupBinding(n Name) *elbv2.TargetGroupBinding { return s.bindings[n] }

// TargetGroupBindings lists all TargetGroupBindings by name.
func (s *Set) TargetGroupBindings() []*elbv2.TargetGroupBinding { return sorted(s.bindings) }

// BindingsOfService lists the TargetGroupBindings of a Service, by name.
func (s *Set) BindingsOfService(service Name) []Name { return s.bindingsOfService.names(service) }

// BindingsOfTargetGroup lists the TargetGroupBindings that name the target group by this ARN, by name. There is one,
// unless several clusters share the group or somebody made a mistake.
func (s *Set) BindingsOfTargetGroup(arn string) []Name { return s.bindingsOfGroup.names(arn) }
