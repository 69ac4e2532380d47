package model

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AttributeResource is the kind of resource that an attribute belongs to.
type AttributeResource string

// Resources with attributes. Each has a file of its own: attributes_loadbalancer.go, attributes_targetgroup.go,
// attributes_listener.go.
const (
	LoadBalancerAttribute AttributeResource = "load balancer"
	TargetGroupAttribute  AttributeResource = "target group"
	ListenerAttribute     AttributeResource = "listener"
)

// GatewayLoadBalancer is ELBv2's third type. Models never hold one; only the attribute table knows it, so that it can
// tell a key for another type from an unknown key.
const GatewayLoadBalancer LoadBalancerType = "gateway"

// TargetLambda is a function behind an application load balancer. As with GatewayLoadBalancer, only the attribute table
// knows it.
const TargetLambda TargetType = "lambda"

// AttributeKind is the kind of an attribute's value.
type AttributeKind string

// Kinds of attribute values.
const (
	// BooleanAttribute is true or false.
	BooleanAttribute AttributeKind = "boolean"
	// NumberAttribute is a whole number from Min to Max, or one of Words.
	NumberAttribute AttributeKind = "number"
	// WordAttribute is one of Words.
	WordAttribute AttributeKind = "word"
	// TextAttribute is free text of up to 1024 characters.
	TextAttribute AttributeKind = "text"
)

// AttributeSpec is one row of the attribute table: all that there is to know about one key of one resource. A key whose
// default or range depends on the load balancer's type has one row for each.
type AttributeSpec struct {
	Key      string
	Resource AttributeResource
	// Types are the load balancer types that know the key (for a target group: types that may stand before it).
	Types []LoadBalancerType
	// TargetTypes limits a target group's key to these; nil is instance, ip and alb.
	TargetTypes []TargetType
	Kind        AttributeKind
	Min, Max    int64
	Words       []string
	// Default is the value of a fresh resource. Where it depends on more than the type, Doc says on what.
	Default string
	// Honoured says that our data plane carries it out. The AWS side passes every key on.
	Honoured bool
	// Doc is one line for the reference.
	Doc string
	// refuse says what is wrong with a text, or "".
	refuse func(value string) string
}

// ErrUnknownAttribute is wrapped by errors about keys that the table does not hold for the resource and type.
var ErrUnknownAttribute = errors.New("unknown attribute")

// maxAttributeValue is the longest value that the API takes.
const maxAttributeValue = 1024

// Attributes lists the whole table: load balancers, target groups, listeners, in the order of the files.
func Attributes() []AttributeSpec {
	return slices.Concat(loadBalancerAttributes(), targetGroupAttributes(), listenerAttributes())
}

// attributeTable is made once and only read. Its key is resource, type and key.
var attributeTable = func() map[attributeID]AttributeSpec {
	out := map[attributeID]AttributeSpec{}
	for _, s := range Attributes() {
		for _, t := range s.Types {
			out[attributeID{s.Resource, t, s.Key}] = s
		}
	}
	return out
}()

type attributeID struct {
	resource AttributeResource
	kind     LoadBalancerType
	key      string
}

// FindAttribute finds the row of a key for a resource of (or behind) a load balancer of this type.
func FindAttribute(resource AttributeResource, kind LoadBalancerType, key string) (AttributeSpec, bool) {
	s, ok := attributeTable[attributeID{resource, kind, key}]
	return s, ok
}

// AttributeDefault is the value that a fresh resource has, and whether the key is known.
func AttributeDefault(resource AttributeResource, kind LoadBalancerType, key string) (string, bool) {
	s, ok := FindAttribute(resource, kind, key)
	return s.Default, ok
}

// CheckAttribute says what is wrong with an attribute. An error that is ErrUnknownAttribute is about the key, any other
// about the value.
func CheckAttribute(resource AttributeResource, kind LoadBalancerType, key, value string) error {
	s, ok := FindAttribute(resource, kind, key)
	if !ok {
		if others := typesWith(resource, key); len(others) > 0 {
			return fmt.Errorf("%w: a %s has %s only with type %s", ErrUnknownAttribute, resource, key, strings.Join(others, " or "))
		}
		return fmt.Errorf("%w: no %s has a key %q", ErrUnknownAttribute, resource, key)
	}
	if problem := s.problem(value); problem != "" {
		return fmt.Errorf("%s must be %s: %s", key, s.Expected(), problem)
	}
	return nil
}

// typesWith lists the types for which the table has the key.
func typesWith(resource AttributeResource, key string) []string {
	var out []string
	for _, t := range []LoadBalancerType{Application, Network, GatewayLoadBalancer} {
		if _, ok := FindAttribute(resource, t, key); ok {
			out = append(out, string(t))
		}
	}
	return out
}

// problem says what is wrong with a value, or "".
func (s *AttributeSpec) problem(value string) string {
	if len(value) > maxAttributeValue {
		return "it is longer than 1024 bytes"
	}
	if slices.Contains(s.Words, value) {
		return ""
	}
	switch s.Kind {
	case BooleanAttribute:
		if value != "true" && value != "false" {
			return "it is neither"
		}
	case NumberAttribute:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || value[0] == '+' {
			return "it is no whole number"
		}
		if n < s.Min || n > s.Max {
			return "it is out of range"
		}
	case WordAttribute:
		return "it is another word"
	case TextAttribute:
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "it holds control characters"
		}
		if s.refuse != nil {
			return s.refuse(value)
		}
	}
	return ""
}

// Expected describes the values that are accepted: "a number from 1 to 4000".
func (s *AttributeSpec) Expected() string {
	switch s.Kind {
	case BooleanAttribute:
		return "true or false"
	case NumberAttribute:
		text := fmt.Sprintf("a number from %d to %d", s.Min, s.Max)
		if s.Max == anyCount {
			text = fmt.Sprintf("a number from %d", s.Min)
		}
		if len(s.Words) > 0 {
			text = strings.Join(s.Words, " or ") + " or " + text
		}
		return text
	case WordAttribute:
		return strings.Join(s.Words, " or ")
	}
	return "text of up to 1024 bytes"
}

// anyCount is the upper end of ranges that only the number of targets limits.
const anyCount = 1<<31 - 1

// Types of load balancers as the rows name them.
func albOnly() []LoadBalancerType    { return []LoadBalancerType{Application} }
func nlbOnly() []LoadBalancerType    { return []LoadBalancerType{Network} }
func gwlbOnly() []LoadBalancerType   { return []LoadBalancerType{GatewayLoadBalancer} }
func albAndNLB() []LoadBalancerType  { return []LoadBalancerType{Application, Network} }
func nlbAndGWLB() []LoadBalancerType { return []LoadBalancerType{Network, GatewayLoadBalancer} }
func everyType() []LoadBalancerType {
	return []LoadBalancerType{Application, Network, GatewayLoadBalancer}
}
