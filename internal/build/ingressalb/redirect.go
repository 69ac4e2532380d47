package ingressalb

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/build/elb"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// sslRedirect is the HTTPS port that all HTTP ports of the group redirect to; 0 for none. A port that is no HTTPS
// listener of the group leaves the members out that name it: serving them without the redirect would show over plain
// HTTP what they wanted hidden. The second result is false then.
func (w *work) sslRedirect(members []*member, listeners []*portListener) (int32, bool) {
	port, by := agreeBy(w, members, alb.SSLRedirect, same)
	if by == nil {
		return 0, true
	}
	if slices.ContainsFunc(listeners, func(l *portListener) bool {
		return int64(l.port) == port && l.protocol == model.HTTPS
	}) {
		return int32(port), true
	}
	for _, m := range members {
		if v, set := get(m, m.values, alb.SSLRedirect); set && v == port {
			m.fail(diag.ALBRedirectPort, fieldOf(alb.SSLRedirect), diag.A("port", port), diag.A("group", w.group))
		}
	}
	return 0, false
}

// anyFailed says whether reading settings of the group has left a member out.
func anyFailed(members []*member) bool {
	return slices.ContainsFunc(members, func(m *member) bool { return m.failed })
}

// redirectTo is the default action of HTTP ports under ssl-redirect: host, path and query stay.
func redirectTo(port int32) []model.Action {
	return []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{
		Protocol: string(model.HTTPS), Port: elb.PortText(port), StatusCode: 301,
	}}}
}
