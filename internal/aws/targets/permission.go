package targets

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// lastPort is the highest port; a permission for all ports goes from 0 to it.
const lastPort = 65535

// permissions are the rules of a binding for the targets behind one security group. A named port stands for its number in
// each target; a target that lacks it needs nothing.
func permissions(rules []model.BindingRule, endpoints []Endpoint) []model.SecurityGroupRule {
	var out []model.SecurityGroupRule
	for _, rule := range rules {
		for _, port := range rule.Ports {
			base := model.SecurityGroupRule{
				Protocol: cmp.Or(strings.ToLower(port.Protocol), "tcp"), SecurityGroup: rule.SecurityGroup, Description: Description,
			}
			if rule.SecurityGroup == "" {
				base.CIDR = rule.CIDR
				if strings.Contains(rule.CIDR, ":") {
					base.CIDR, base.CIDRv6 = "", rule.CIDR
				}
			}
			for _, number := range numbers(port.Port, endpoints) {
				one := base
				one.FromPort, one.ToPort = number, number
				if number == 0 {
					one.ToPort = lastPort
				}
				out = append(out, one)
			}
		}
	}
	return unique(out)
}

// numbers are the ports that a name or number stands for; 0 is all of them.
func numbers(port string, endpoints []Endpoint) []int32 {
	if port == "" {
		return []int32{0}
	}
	if n, err := strconv.ParseInt(port, 10, 32); err == nil {
		return []int32{int32(n)}
	}
	var out []int32
	for _, e := range endpoints {
		if n, ok := e.Ports[port]; ok {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// merged are the wishes of all bindings for one group. Permissions for one source group and protocol become one span from
// the lowest to the highest port: groups have room for few permissions. Those for CIDRs stay as they are.
func merged(wishes []model.SecurityGroupRule, oneByOne bool) []model.SecurityGroupRule {
	if oneByOne {
		return unique(wishes)
	}
	var out []model.SecurityGroupRule
	for _, w := range wishes {
		i := slices.IndexFunc(out, func(o model.SecurityGroupRule) bool {
			return w.SecurityGroup != "" && o.SecurityGroup == w.SecurityGroup && o.Protocol == w.Protocol
		})
		if i < 0 {
			out = append(out, w)
			continue
		}
		out[i].FromPort, out[i].ToPort = min(out[i].FromPort, w.FromPort), max(out[i].ToPort, w.ToPort)
	}
	return unique(out)
}

// unique sorts permissions and leaves out repeats.
func unique(list []model.SecurityGroupRule) []model.SecurityGroupRule {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b model.SecurityGroupRule) int {
		return cmp.Or(
			strings.Compare(a.Protocol, b.Protocol), strings.Compare(a.SecurityGroup, b.SecurityGroup), strings.Compare(a.CIDR, b.CIDR),
			strings.Compare(a.CIDRv6, b.CIDRv6), cmp.Compare(a.FromPort, b.FromPort), cmp.Compare(a.ToPort, b.ToPort),
		)
	})
	return slices.Compact(out)
}
