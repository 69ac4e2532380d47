package action

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// maxActions is one login or token check of each kind and one routing action.
const maxActions = 5

// actionChecker checks the actions of a rule, or the default actions of a listener, and fills in what AWS fills in.
type actionChecker struct {
	a        *Actions
	state    *store.State
	balancer *store.LoadBalancer
	listener *store.Listener
	// before are the actions that the new ones replace: a login may keep its client secret.
	before []types.Action
}

// complete returns the actions as they are kept. The last one is forward, redirect or fixed-response.
func (c *actionChecker) complete(list []types.Action) ([]types.Action, error) {
	switch {
	case len(list) == 0:
		return nil, invalidAction("A rule needs an action of type forward, redirect or fixed-response")
	case len(list) > maxActions:
		return nil, &types.TooManyActionsException{Message: said("%d actions are given; at most %d are allowed", len(list), maxActions)}
	}
	out := slices.Clone(list)
	if err := inOrder(out); err != nil {
		return nil, err
	}
	for i := range out {
		last := i == len(out)-1
		if routes(out[i].Type) != last {
			return nil, invalidAction("The action of type '%s' has order %d of %d; exactly one of forward, redirect and fixed-response must be there, and be the last",
				out[i].Type, i+1, len(out))
		}
		done, err := c.one(&out[i])
		if err != nil {
			return nil, err
		}
		out[i] = *done
	}
	return out, nil
}

// inOrder sorts actions by their order, which is needed when there are several.
func inOrder(list []types.Action) error {
	if len(list) < 2 {
		return nil
	}
	seen := map[int32]bool{}
	for i := range list {
		n := aws.ToInt32(list[i].Order)
		switch {
		case list[i].Order == nil:
			return invalidAction("The action of type '%s' has no Order, which rules with several actions need", list[i].Type)
		case n < 1 || n > 50000:
			return invalid("Order '%d' must be from 1 to 50000", n)
		case seen[n]:
			return invalidAction("Order '%d' is given to more than one action", n)
		}
		seen[n] = true
	}
	slices.SortFunc(list, func(x, y types.Action) int { return cmp.Compare(*x.Order, *y.Order) })
	return nil
}

func routes(t types.ActionTypeEnum) bool {
	return t == types.ActionTypeEnumForward || t == types.ActionTypeEnumRedirect || t == types.ActionTypeEnumFixedResponse
}

// one completes one action.
func (c *actionChecker) one(x *types.Action) (*types.Action, error) {
	if c.balancer.Type == types.LoadBalancerTypeEnumNetwork && x.Type != types.ActionTypeEnumForward {
		return nil, invalidAction("The action type '%s' is for application load balancers only", x.Type)
	}
	if !routes(x.Type) && c.listener.Protocol != types.ProtocolEnumHttps {
		return nil, invalidAction("The action type '%s' is for HTTPS listeners only, this one has protocol '%s'", x.Type, c.listener.Protocol)
	}
	out := &types.Action{Type: x.Type, Order: x.Order}
	var err error
	switch x.Type {
	case types.ActionTypeEnumForward:
		err = c.forward(out, x)
	case types.ActionTypeEnumRedirect:
		out.RedirectConfig, err = c.redirect(x.RedirectConfig)
	case types.ActionTypeEnumFixedResponse:
		out.FixedResponseConfig, err = fixedResponse(x.FixedResponseConfig)
	case types.ActionTypeEnumAuthenticateOidc:
		out.AuthenticateOidcConfig, err = c.oidc(x.AuthenticateOidcConfig)
	case types.ActionTypeEnumAuthenticateCognito:
		out.AuthenticateCognitoConfig, err = cognito(x.AuthenticateCognitoConfig)
	case types.ActionTypeEnumJwtValidation:
		out.JwtValidationConfig, err = jwt(x.JwtValidationConfig)
	default:
		err = invalid("The action type '%s' must be one of %v", x.Type, x.Type.Values())
	}
	return out, err
}

func invalidAction(format string, args ...any) error {
	return &types.InvalidLoadBalancerActionException{Message: said(format, args...)}
}

// shown are the actions as answers have them: without secrets.
func shown(list []types.Action) []types.Action {
	out := slices.Clone(list)
	for i := range out {
		if o := out[i].AuthenticateOidcConfig; o != nil {
			public := *o
			public.ClientSecret, public.UseExistingClientSecret = nil, nil
			out[i].AuthenticateOidcConfig = &public
		}
	}
	return out
}
