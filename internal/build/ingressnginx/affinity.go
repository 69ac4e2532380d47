package ingressnginx

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/model"
)

// readAffinity reads the session cookie. Its details have no effect without affinity itself, but what a canary says of its
// behaviour counts for its main Ingress, which is the one with affinity.
func (s *settings) readAffinity(r *annotation.Reader) {
	s.legacyCanary = annotation.Get(r, nginx.AffinityCanaryBehavior).Value == "legacy"
	if annotation.Get(r, nginx.Affinity).Value != "cookie" {
		return
	}
	s.affinity = &model.Affinity{
		Cookie:                  annotation.Get(r, nginx.SessionCookieName).Value,
		Persistent:              annotation.Get(r, nginx.AffinityMode).Value == "persistent",
		Path:                    annotation.Get(r, nginx.SessionCookiePath).Value,
		Domain:                  annotation.Get(r, nginx.SessionCookieDomain).Value,
		SameSite:                annotation.Get(r, nginx.SessionCookieSameSite).Value,
		ConditionalSameSiteNone: annotation.Get(r, nginx.SessionCookieConditionalSameSiteNone).Value,
		Secure:                  annotation.Get(r, nginx.SessionCookieSecure).Value,
		Partitioned:             annotation.Get(r, nginx.SessionCookiePartitioned).Value,
		ChangeOnFailure:         annotation.Get(r, nginx.SessionCookieChangeOnFailure).Value,
		LegacyCanary:            s.legacyCanary,
	}
	s.affinity.Expires = given(annotation.Get(r, nginx.SessionCookieExpires))
	s.affinity.MaxAge = given(annotation.Get(r, nginx.SessionCookieMaxAge))
}

// given is a number as text, empty when nobody wrote it: 0 is a number like any other here.
func given(n annotation.Value[int64]) string {
	if !n.Set {
		return ""
	}
	return strconv.FormatInt(n.Value, 10)
}

// affinityOf is the session cookie of a location: its path is that of the Ingress unless another one is asked for.
func (s *settings) affinityOf(l *location) *model.Affinity {
	if s.affinity == nil {
		return nil
	}
	a := *s.affinity
	if a.Path == "" {
		a.Path = l.path
	}
	if l.canary != nil {
		a.LegacyCanary = a.LegacyCanary || l.canary.from.s.legacyCanary
	}
	return &a
}
