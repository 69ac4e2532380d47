package side

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

var webACLName = regexp.MustCompile(`^[\w-]{1,128}$`)

const (
	maxWebACLs    = 100
	webACLPageMax = 100
)

func wafInvalid(field types.ParameterExceptionField, parameter, reason string) error {
	return &types.WAFInvalidParameterException{
		Message: aws.String("Error reason: " + reason + ", field: " + string(field) + ", parameter: " + parameter),
		Field:   field, Parameter: aws.String(parameter), Reason: aws.String(reason),
	}
}

func wafMissing() error {
	return &types.WAFNonexistentItemException{Message: aws.String("AWS WAF couldn’t perform the operation because your resource doesn’t exist.")}
}

func checkScope(scope types.Scope) error {
	if !slices.Contains(scope.Values(), scope) {
		return wafInvalid(types.ParameterExceptionFieldScopeValue, string(scope), "The scope is not valid.")
	}
	return nil
}

func scopeOf(a *world.WebACL) types.Scope {
	if a.Scope == "" {
		return types.ScopeRegional
	}
	return types.Scope(a.Scope)
}

// CreateWebACL makes a web ACL. Its rules are kept as they are given; nothing inspects requests by them.
func (s *Side) CreateWebACL(_ context.Context, in *wafv2.CreateWebACLInput) (*wafv2.CreateWebACLOutput, error) {
	if err := checkScope(in.Scope); err != nil {
		return nil, err
	}
	name := aws.ToString(in.Name)
	switch {
	case !webACLName.MatchString(name):
		return nil, wafInvalid(types.ParameterExceptionFieldEntityLimit, name, "The name is not valid.")
	case in.DefaultAction == nil || (in.DefaultAction.Allow == nil) == (in.DefaultAction.Block == nil):
		return nil, wafInvalid(types.ParameterExceptionFieldDefaultAction, "DefaultAction", "Exactly one of Allow and Block is needed.")
	case in.VisibilityConfig == nil || aws.ToString(in.VisibilityConfig.MetricName) == "":
		return nil, wafInvalid(types.ParameterExceptionFieldMetricName, "VisibilityConfig", "A visibility configuration with a metric name is needed.")
	}
	tags := world.Tags{}
	for _, t := range in.Tags {
		if why := badTag(aws.ToString(t.Key), aws.ToString(t.Value)); why != "" {
			return nil, wafInvalid(types.ParameterExceptionFieldTags, aws.ToString(t.Key), why)
		}
		tags[*t.Key] = aws.ToString(t.Value)
	}
	body, err := json.Marshal(webACLBody{in.DefaultAction, in.VisibilityConfig, in.Rules, in.CustomResponseBodies, in.TokenDomains})
	if err != nil {
		return nil, wire.Errorf("WAFInternalErrorException", "keep the web ACL: %v", err)
	}
	return change(s, func(st *world.State) (*wafv2.CreateWebACLOutput, error) {
		if len(st.WebACLs) >= maxWebACLs {
			return nil, &types.WAFLimitsExceededException{Message: aws.String("AWS WAF couldn’t perform the operation because you exceeded your resource limit.")}
		}
		for _, a := range st.WebACLs {
			if a.Name == name && scopeOf(a) == in.Scope {
				return nil, &types.WAFDuplicateItemException{Message: aws.String("AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.")}
			}
		}
		a := &world.WebACL{ID: st.UUID(), Name: name, Scope: string(in.Scope), Description: aws.ToString(in.Description), LockToken: st.UUID(), Body: body, Tags: tags}
		a.ARN = st.Identity.ARN("wafv2", strings.ToLower(strings.ReplaceAll(string(in.Scope), "CLOUDFRONT", "global"))+"/webacl/"+name+"/"+a.ID)
		st.WebACLs[a.ARN] = a
		summary := summarizeACL(a)
		return &wafv2.CreateWebACLOutput{Summary: &summary}, nil
	})
}

// webACLBody is what a web ACL says besides its name, in the words of the SDK.
type webACLBody struct {
	DefaultAction        *types.DefaultAction
	VisibilityConfig     *types.VisibilityConfig
	Rules                []types.Rule
	CustomResponseBodies map[string]types.CustomResponseBody
	TokenDomains         []string
}

func summarizeACL(a *world.WebACL) types.WebACLSummary {
	return types.WebACLSummary{
		ARN: aws.String(a.ARN), Id: aws.String(a.ID), Name: aws.String(a.Name), Description: aws.String(a.Description), LockToken: aws.String(a.LockToken),
	}
}

func showWebACL(st *world.State, a *world.WebACL) (*types.WebACL, error) {
	out := &types.WebACL{
		ARN: aws.String(a.ARN), Id: aws.String(a.ID), Name: aws.String(a.Name), Description: aws.String(a.Description), Rules: []types.Rule{},
		LabelNamespace: aws.String("awswaf:" + st.Identity.Account + ":webacl:" + a.Name + ":"),
		DefaultAction:  &types.DefaultAction{Allow: &types.AllowAction{}},
		VisibilityConfig: &types.VisibilityConfig{
			MetricName: aws.String(a.Name), CloudWatchMetricsEnabled: false, SampledRequestsEnabled: false,
		},
	}
	if len(a.Body) == 0 {
		return out, nil
	}
	var body webACLBody
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return nil, wire.Errorf("WAFInternalErrorException", "read the web ACL %s: %v", a.Name, err)
	}
	out.DefaultAction, out.VisibilityConfig, out.CustomResponseBodies, out.TokenDomains = body.DefaultAction, body.VisibilityConfig, body.CustomResponseBodies, body.TokenDomains
	out.Rules = append(out.Rules, body.Rules...)
	return out, nil
}

// ListWebACLs lists the web ACLs of a scope.
func (s *Side) ListWebACLs(_ context.Context, in *wafv2.ListWebACLsInput) (*wafv2.ListWebACLsOutput, error) {
	if err := checkScope(in.Scope); err != nil {
		return nil, err
	}
	size := webACLPageMax
	if in.Limit != nil {
		size = int(*in.Limit)
	}
	if size < 1 || size > webACLPageMax {
		return nil, wafInvalid(types.ParameterExceptionFieldEntityLimit, "Limit", "The limit must be from 1 to 100.")
	}
	return view(s, func(st *world.State) (*wafv2.ListWebACLsOutput, error) {
		all := slices.DeleteFunc(world.Sorted(st.WebACLs), func(a *world.WebACL) bool { return scopeOf(a) != in.Scope })
		rows, next, ok := page(all, func(a *world.WebACL) string { return a.ARN }, size, in.NextMarker)
		if !ok {
			return nil, wafInvalid(types.ParameterExceptionFieldEntityLimit, "NextMarker", "The marker is not valid.")
		}
		return &wafv2.ListWebACLsOutput{NextMarker: next, WebACLs: shown(rows, summarizeACL)}, nil
	})
}

// webACLOf finds a web ACL by name, id and scope.
func webACLOf(st *world.State, name, id *string, scope types.Scope) (*world.WebACL, error) {
	if err := checkScope(scope); err != nil {
		return nil, err
	}
	for _, a := range st.WebACLs {
		if a.ID == aws.ToString(id) && a.Name == aws.ToString(name) && scopeOf(a) == scope {
			return a, nil
		}
	}
	return nil, wafMissing()
}

// GetWebACL shows a web ACL, by ARN or by name, id and scope.
func (s *Side) GetWebACL(_ context.Context, in *wafv2.GetWebACLInput) (*wafv2.GetWebACLOutput, error) {
	return view(s, func(st *world.State) (*wafv2.GetWebACLOutput, error) {
		a := st.WebACLs[aws.ToString(in.ARN)]
		var err error
		switch {
		case in.ARN != nil && a == nil:
			return nil, wafMissing()
		case in.ARN == nil:
			if a, err = webACLOf(st, in.Name, in.Id, in.Scope); err != nil {
				return nil, err
			}
		}
		out, err := showWebACL(st, a)
		if err != nil {
			return nil, err
		}
		return &wafv2.GetWebACLOutput{WebACL: out, LockToken: aws.String(a.LockToken)}, nil
	})
}

// DeleteWebACL removes a web ACL that nothing is associated with; the lock token must be its latest. Associations end with
// their load balancers.
func (s *Side) DeleteWebACL(_ context.Context, in *wafv2.DeleteWebACLInput) (*wafv2.DeleteWebACLOutput, error) {
	alive := s.balancers()
	return change(s, func(st *world.State) (*wafv2.DeleteWebACLOutput, error) {
		a, err := webACLOf(st, in.Name, in.Id, in.Scope)
		if err != nil {
			return nil, err
		}
		if aws.ToString(in.LockToken) != a.LockToken {
			return nil, &types.WAFOptimisticLockException{Message: aws.String("AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it.")}
		}
		if slices.ContainsFunc(a.Resources, func(arn string) bool { return exists(alive, arn) }) {
			return nil, &types.WAFAssociatedItemException{Message: aws.String("AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.")}
		}
		delete(st.WebACLs, a.ARN)
		return &wafv2.DeleteWebACLOutput{}, nil
	})
}
