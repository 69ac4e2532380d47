package side

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// guardable finds an application load balancer: nothing else here can have a web ACL.
func (s *Side) guardable(arn *string) (string, error) {
	a := aws.ToString(arn)
	if !strings.Contains(a, ":loadbalancer/app/") {
		return "", wafInvalid(types.ParameterExceptionFieldResourceArn, a, "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.")
	}
	if !exists(s.balancers(), a) {
		return "", wafMissing()
	}
	return a, nil
}

// exists says whether a resource is one of those that there are.
func exists(all []Resource, arn string) bool {
	return slices.ContainsFunc(all, func(r Resource) bool { return r.ARN == arn })
}

// AssociateWebACL puts a web ACL in front of a load balancer, in place of any other one.
func (s *Side) AssociateWebACL(_ context.Context, in *wafv2.AssociateWebACLInput) (*wafv2.AssociateWebACLOutput, error) {
	resource, err := s.guardable(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return change(s, func(st *world.State) (*wafv2.AssociateWebACLOutput, error) {
		acl := aws.ToString(in.WebACLArn)
		a := st.WebACLs[acl]
		switch {
		case !strings.HasPrefix(acl, "arn:") || !strings.Contains(acl, "/webacl/"):
			return nil, wafInvalid(types.ParameterExceptionFieldResourceArn, acl, "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.")
		case a == nil:
			return nil, wafMissing()
		case scopeOf(a) != types.ScopeRegional:
			return nil, wafInvalid(types.ParameterExceptionFieldScopeValue, acl, "The scope is not valid.")
		}
		detach(st, resource)
		a.Resources = append(a.Resources, resource)
		slices.Sort(a.Resources)
		return &wafv2.AssociateWebACLOutput{}, nil
	})
}

func detach(st *world.State, resource string) {
	for _, a := range st.WebACLs {
		a.Resources = slices.DeleteFunc(a.Resources, func(r string) bool { return r == resource })
	}
}

// DisassociateWebACL takes the web ACL away from a load balancer. One that has none is no mistake.
func (s *Side) DisassociateWebACL(_ context.Context, in *wafv2.DisassociateWebACLInput) (*wafv2.DisassociateWebACLOutput, error) {
	resource, err := s.guardable(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return change(s, func(st *world.State) (*wafv2.DisassociateWebACLOutput, error) {
		detach(st, resource)
		return &wafv2.DisassociateWebACLOutput{}, nil
	})
}

// GetWebACLForResource shows the web ACL of a load balancer; nothing when it has none.
func (s *Side) GetWebACLForResource(_ context.Context, in *wafv2.GetWebACLForResourceInput) (*wafv2.GetWebACLForResourceOutput, error) {
	resource, err := s.guardable(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return view(s, func(st *world.State) (*wafv2.GetWebACLForResourceOutput, error) {
		for _, a := range world.Sorted(st.WebACLs) {
			if slices.Contains(a.Resources, resource) {
				out, err := showWebACL(st, a)
				if err != nil {
					return nil, err
				}
				return &wafv2.GetWebACLForResourceOutput{WebACL: out}, nil
			}
		}
		return &wafv2.GetWebACLForResourceOutput{}, nil
	})
}
