package plan

import (
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Words is the plan for people: one line for each operation, "+" for what is made, "~" for what is changed, "-" for what goes
// away, and the sum at the end.
func (p Plan) Words() string {
	if len(p.Operations)+len(p.Withheld) == 0 {
		return "nothing to do: what is there is what is wanted\n"
	}
	var b strings.Builder
	count := map[string]int{}
	for _, o := range p.Operations {
		count[o.sign()]++
		fmt.Fprintf(&b, "%s %s\n", o.sign(), o.Words())
	}
	for _, o := range p.Withheld {
		fmt.Fprintf(&b, "! %s: left out by the policy\n", o.Words())
	}
	fmt.Fprintf(&b, "%d to make, %d to change, %d to take away", count["+"], count["~"], count["-"])
	if len(p.Withheld) > 0 {
		fmt.Fprintf(&b, ", %d left out", len(p.Withheld))
	}
	b.WriteString("\n")
	return b.String()
}

func (o Operation) sign() string {
	switch {
	case o.Call.deletes() || o.Call.removes():
		return "-"
	case strings.HasPrefix(string(o.Call), "Create"):
		return "+"
	}
	return "~"
}

// Words is the operation in a sentence.
func (o Operation) Words() string {
	switch o.Call {
	case CreateSecurityGroup:
		return fmt.Sprintf("create security group %s (%s)", o.SecurityGroup, o.WantSecurityGroup.Name)
	case AuthorizeSecurityGroupIngress:
		return fmt.Sprintf("let %s into security group %s", permissions(o.Permissions), o.SecurityGroup)
	case RevokeSecurityGroupIngress:
		return fmt.Sprintf("no longer let %s into security group %s", permissions(o.Permissions), o.SecurityGroup)
	case DeleteSecurityGroup:
		return "delete security group " + o.SecurityGroup
	case CreateTargetGroup:
		g := o.WantTargetGroup
		return fmt.Sprintf("create target group %s (%s, %s port %d, targets by %s)", o.TargetGroup, g.Name, g.Protocol, g.Port, g.Type)
	case ModifyTargetGroup:
		return fmt.Sprintf("change the health check of target group %s to %s", o.TargetGroup, healthCheck(o.WantTargetGroup.HealthCheck))
	case ModifyTargetGroupAttributes:
		return fmt.Sprintf("set %s of target group %s", attributes(o.Attributes), o.TargetGroup)
	case RegisterTargets:
		return fmt.Sprintf("register %s with target group %s", targets(o.Targets), o.TargetGroup)
	case DeregisterTargets:
		return fmt.Sprintf("deregister %s from target group %s", targets(o.Targets), o.TargetGroup)
	case DeleteTargetGroup:
		return "delete target group " + nameOf(o.TargetGroup)
	case AddTags:
		return fmt.Sprintf("tag %s with %s", o.resource(), tags(o.Tags, true))
	case RemoveTags:
		return fmt.Sprintf("take the tags %s from %s", tags(o.Tags, false), o.resource())
	}
	if o.Listener.Port != 0 {
		return o.listenerWords()
	}
	return o.loadBalancerWords()
}

func (o Operation) loadBalancerWords() string {
	lb := "load balancer " + o.LoadBalancer
	want := o.WantLoadBalancer
	switch o.Call {
	case CreateLoadBalancer:
		return fmt.Sprintf("create %s (%s, %s, %s, %d subnets)", lb, want.Name, want.Type, want.Scheme, len(want.Subnets))
	case DeleteLoadBalancer:
		return "delete load balancer " + nameOf(o.LoadBalancer) + " with its listeners"
	case SetIPAddressType:
		return fmt.Sprintf("change the addresses of %s to %s", lb, want.IPAddressType)
	case SetSubnets:
		var ids []string
		for _, s := range want.Subnets {
			ids = append(ids, s.SubnetID)
		}
		return fmt.Sprintf("move %s to subnets %s", lb, strings.Join(ids, ", "))
	case SetSecurityGroups:
		return fmt.Sprintf("give %s the security groups %s", lb, strings.Join(want.SecurityGroups, ", "))
	case ModifyLoadBalancerAttributes:
		return fmt.Sprintf("set %s of %s", attributes(o.Attributes), lb)
	case ModifyIPPools:
		if want.IPAMPoolID == "" {
			return "take addresses of " + lb + " from no pool"
		}
		return fmt.Sprintf("take addresses of %s from pool %s", lb, want.IPAMPoolID)
	case ModifyCapacityReservation:
		return fmt.Sprintf("keep %d capacity units ready for %s", want.MinimumCapacityUnits, lb)
	case AssociateWebACL:
		return fmt.Sprintf("put web ACL %s before %s", want.WebACL, lb)
	case DisassociateWebACL:
		return "take the web ACL from " + lb
	case CreateProtection:
		return "protect " + lb + " with Shield Advanced"
	case DeleteProtection:
		return "end the Shield Advanced protection of " + lb
	}
	return o.String()
}

func (o Operation) listenerWords() string {
	at := o.resource()
	switch o.Call {
	case CreateListener:
		return fmt.Sprintf("create %s; by default it answers with %s", at, actions(o.WantListener.DefaultActions))
	case ModifyListener:
		return fmt.Sprintf("change %s; by default it answers with %s", at, actions(o.WantListener.DefaultActions))
	case DeleteListener:
		return "delete " + at
	case AddListenerCertificates:
		return fmt.Sprintf("add certificates %s to %s", strings.Join(o.Certificates, ", "), at)
	case RemoveListenerCertificates:
		return fmt.Sprintf("take certificates %s from %s", strings.Join(o.Certificates, ", "), at)
	case ModifyListenerAttributes:
		return fmt.Sprintf("set %s of %s", attributes(o.Attributes), at)
	case SetRulePriorities:
		var moves []string
		for _, m := range o.Moves {
			moves = append(moves, fmt.Sprintf("%d to %d", m.From, m.To))
		}
		return fmt.Sprintf("move rules of %s: %s", at, strings.Join(moves, ", "))
	case CreateRule:
		return fmt.Sprintf("create %s: %s to %s", at, conditions(o.Rule.Conditions), actions(o.Rule.Actions))
	case ModifyRule:
		return fmt.Sprintf("change %s: %s to %s", at, conditions(o.Rule.Conditions), actions(o.Rule.Actions))
	case DeleteRule:
		return "delete " + at
	}
	return o.String()
}

// resource names what the operation is about.
func (o Operation) resource() string {
	switch {
	case o.SecurityGroup != "":
		return "security group " + o.SecurityGroup
	case o.TargetGroup != "":
		return "target group " + o.TargetGroup
	case o.Listener.Port == 0:
		return "load balancer " + o.LoadBalancer
	}
	at := fmt.Sprintf("listener %s:%d of load balancer %s", o.Listener.Protocol, o.Listener.Port, o.LoadBalancer)
	if o.Priority != 0 {
		return fmt.Sprintf("rule %d of %s", o.Priority, at)
	}
	return at
}

// nameOf is the name in an ARN: what is not wanted any more has no other ID.
func nameOf(id string) string {
	if parts := strings.Split(id, "/"); strings.HasPrefix(id, "arn:") && len(parts) > 2 {
		return parts[len(parts)-2]
	}
	return id
}

func healthCheck(h *model.HealthCheck) string {
	if h == nil {
		return "none"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s on port %s every %d s", h.Protocol, h.Path, h.Port, h.IntervalSeconds))
}
