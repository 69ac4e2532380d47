package plan

import (
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Call is the API call that carries an operation out, by its AWS name.
type Call string

// Calls, in the order in which a plan may hold them.
const (
	CreateSecurityGroup           Call = "CreateSecurityGroup"
	AuthorizeSecurityGroupIngress Call = "AuthorizeSecurityGroupIngress"
	CreateTargetGroup             Call = "CreateTargetGroup"
	ModifyTargetGroup             Call = "ModifyTargetGroup"
	ModifyTargetGroupAttributes   Call = "ModifyTargetGroupAttributes"
	RegisterTargets               Call = "RegisterTargets"
	CreateLoadBalancer            Call = "CreateLoadBalancer"
	SetIPAddressType              Call = "SetIpAddressType"
	SetSubnets                    Call = "SetSubnets"
	SetSecurityGroups             Call = "SetSecurityGroups"
	CreateListener                Call = "CreateListener"
	ModifyListener                Call = "ModifyListener"
	AddListenerCertificates       Call = "AddListenerCertificates"
	SetRulePriorities             Call = "SetRulePriorities"
	ModifyRule                    Call = "ModifyRule"
	CreateRule                    Call = "CreateRule"
	DeleteRule                    Call = "DeleteRule"
	RemoveListenerCertificates    Call = "RemoveListenerCertificates"
	ModifyListenerAttributes      Call = "ModifyListenerAttributes"
	ModifyLoadBalancerAttributes  Call = "ModifyLoadBalancerAttributes"
	AddTags                       Call = "AddTags"
	RemoveTags                    Call = "RemoveTags"
	DeleteListener                Call = "DeleteListener"
	DeregisterTargets             Call = "DeregisterTargets"
	DeleteLoadBalancer            Call = "DeleteLoadBalancer"
	DeleteTargetGroup             Call = "DeleteTargetGroup"
	RevokeSecurityGroupIngress    Call = "RevokeSecurityGroupIngress"
	DeleteSecurityGroup           Call = "DeleteSecurityGroup"
	ModifyIPPools                 Call = "ModifyIpPools"
	ModifyCapacityReservation     Call = "ModifyCapacityReservation"
	AssociateWebACL               Call = "AssociateWebACL"
	DisassociateWebACL            Call = "DisassociateWebACL"
	CreateProtection              Call = "CreateProtection"
	DeleteProtection              Call = "DeleteProtection"
)

// Operation is one intended call. The members that the call needs are set; the others are zero. Resources are named by
// their IDs in the model; whoever carries the operation out knows their ARNs.
type Operation struct {
	Call          Call
	LoadBalancer  string
	Listener      ListenerKey
	TargetGroup   string
	SecurityGroup string
	// Rule is the desired rule for CreateRule and ModifyRule; Priority is where the rule stands (for ModifyRule and
	// DeleteRule, after any SetRulePriorities before it).
	Rule     *model.Rule
	Priority int32
	// Moves are the new priorities of SetRulePriorities, by old priority.
	Moves []Move
	// Want is the desired resource of a create or modify call, as far as none of the members above holds it.
	WantLoadBalancer  *model.LoadBalancer
	WantListener      *model.Listener
	WantTargetGroup   *model.TargetGroup
	WantSecurityGroup *model.SecurityGroup
	Attributes        []model.Attribute
	Tags              []model.Tag
	Targets           []model.Target
	Certificates      []string
	Permissions       []model.SecurityGroupRule
}

// ListenerKey names a listener within its load balancer.
type ListenerKey struct {
	Port     int32
	Protocol model.ListenerProtocol
}

// Move is a rule's new priority.
type Move struct {
	From, To int32
}

// String is the operation in words, for plans that people read.
func (o Operation) String() string {
	var b strings.Builder
	b.WriteString(string(o.Call))
	word := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%s", key, value)
		}
	}
	word("loadBalancer", o.LoadBalancer)
	if o.Listener.Port != 0 {
		word("listener", fmt.Sprintf("%s:%d", o.Listener.Protocol, o.Listener.Port))
	}
	word("targetGroup", o.TargetGroup)
	word("securityGroup", o.SecurityGroup)
	if o.Priority != 0 {
		word("priority", fmt.Sprint(o.Priority))
	}
	for _, m := range o.Moves {
		fmt.Fprintf(&b, " %d->%d", m.From, m.To)
	}
	for _, a := range o.Attributes {
		word(a.Key, a.Value)
	}
	for _, t := range o.Tags {
		word("tag:"+t.Key, t.Value)
	}
	for _, t := range o.Targets {
		word("target", fmt.Sprintf("%s:%d", t.ID, t.Port))
	}
	for _, c := range o.Certificates {
		word("certificate", c)
	}
	for _, p := range o.Permissions {
		word("permit", fmt.Sprintf("%s:%d-%d:%s%s%s%s", p.Protocol, p.FromPort, p.ToPort, p.CIDR, p.CIDRv6, p.PrefixList, p.SecurityGroup))
	}
	return b.String()
}
