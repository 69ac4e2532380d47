package plan

import (
	"cmp"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// What the API fills in where a request says nothing, so that a desired and an observed setting can be compared. The
// values are those of the API's documentation.
const (
	defaultScope         = "openid"
	defaultSessionCookie = "AWSELBAuthSessionCookie"
	defaultSessionTime   = 604800
	defaultContentType   = "text/plain"
	noALPN               = "None"
	mutualOff            = "off"
)

// normalActions are actions with every default written out. The arguments are not changed.
func normalActions(list []model.Action) []model.Action {
	out := slices.Clone(list)
	for i := range out {
		a := &out[i]
		switch a.Type {
		case model.ActionForward:
			a.Forward = normalForward(a.Forward)
		case model.ActionRedirect:
			a.Redirect = normalRedirect(a.Redirect)
		case model.ActionFixedResponse:
			f := *a.FixedResponse
			f.ContentType = cmp.Or(f.ContentType, defaultContentType)
			a.FixedResponse = &f
		case model.ActionAuthenticateOIDC:
			o := *a.AuthenticateOIDC
			o.Scope = cmp.Or(o.Scope, defaultScope)
			o.SessionCookieName = cmp.Or(o.SessionCookieName, defaultSessionCookie)
			o.SessionTimeoutSeconds = cmp.Or(o.SessionTimeoutSeconds, defaultSessionTime)
			o.OnUnauthenticated = cmp.Or(o.OnUnauthenticated, model.UnauthenticatedAuthenticate)
			o.ExtraParams = sortedParameters(o.ExtraParams)
			a.AuthenticateOIDC = &o
		case model.ActionAuthenticateCognito:
			o := *a.AuthenticateCognito
			o.Scope = cmp.Or(o.Scope, defaultScope)
			o.SessionCookieName = cmp.Or(o.SessionCookieName, defaultSessionCookie)
			o.SessionTimeoutSeconds = cmp.Or(o.SessionTimeoutSeconds, defaultSessionTime)
			o.OnUnauthenticated = cmp.Or(o.OnUnauthenticated, model.UnauthenticatedAuthenticate)
			o.ExtraParams = sortedParameters(o.ExtraParams)
			a.AuthenticateCognito = &o
		}
	}
	return out
}

func normalForward(from *model.Forward) *model.Forward {
	f := *from
	f.TargetGroups = slices.Clone(f.TargetGroups)
	if len(f.TargetGroups) == 1 {
		f.TargetGroups[0].Weight = 1 // a share of one is everything
	}
	if f.Stickiness == nil || !f.Stickiness.Enabled {
		f.Stickiness = nil // a duration means nothing while it is off
	}
	return &f
}

func normalRedirect(from *model.Redirect) *model.Redirect {
	r := *from
	r.Protocol = cmp.Or(r.Protocol, "#{protocol}")
	r.Host = cmp.Or(r.Host, "#{host}")
	r.Port = cmp.Or(r.Port, "#{port}")
	r.Path = cmp.Or(r.Path, "/#{path}")
	if !r.NoQuery {
		r.Query = cmp.Or(r.Query, "#{query}")
	}
	return &r
}

func sortedParameters(list []model.Parameter) []model.Parameter {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b model.Parameter) int { return cmp.Compare(a.Name, b.Name) })
	return slices.Clip(out)
}

// normalConditions are conditions in an order of their own: the API keeps neither theirs nor that of their values.
func normalConditions(list []model.Condition) []model.Condition {
	out := slices.Clone(list)
	for i := range out {
		c := &out[i]
		c.Values, c.RegexValues, c.Query = slices.Clone(c.Values), slices.Clone(c.RegexValues), slices.Clone(c.Query)
		slices.Sort(c.Values)
		slices.Sort(c.RegexValues)
		slices.SortFunc(c.Query, func(a, b model.QueryValue) int {
			return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
		})
	}
	slices.SortFunc(out, compareConditions)
	return out
}

func compareConditions(a, b model.Condition) int {
	return cmp.Or(
		cmp.Compare(a.Field, b.Field), cmp.Compare(a.Name, b.Name),
		slices.Compare(a.Values, b.Values), slices.Compare(a.RegexValues, b.RegexValues),
		slices.CompareFunc(a.Query, b.Query, func(x, y model.QueryValue) int {
			return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(x.Value, y.Value))
		}),
	)
}

func normalTransforms(list []model.Transform) []model.Transform {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b model.Transform) int { return cmp.Compare(a.Type, b.Type) })
	return out
}
