package ingressalb

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// useAnnotation is the port name that stands for "see the actions annotation".
const useAnnotation = "use-annotation"

// Bodies of the answers that stand in for what does not exist; the original's texts, which monitoring may look for.
const (
	noSuchAction  = "Backend action does not exist"
	noSuchService = "Backend service does not exist"
)

// readBackend makes the actions of a backend; false when the member is left out because of it.
func (w *work) readBackend(m *member, b *networkingv1.IngressBackend, field string) (draft, bool) {
	if b.Service == nil || b.Service.Name == "" {
		m.fail(diag.ALBResourceBackend, field)
		return draft{}, false
	}
	d := draft{source: m.source(field)}
	var action alb.Action
	if b.Service.Port.Name == useAnnotation {
		var found bool
		if action, found = w.namedAction(m, b.Service.Name, field); !found {
			d.routing = fixedResponse(503, noSuchAction)
			return d, !m.failed && w.readSecurity(m, &d, "", field)
		}
	} else {
		action = forwardTo(b.Service.Name, servicePortText(&b.Service.Port))
	}
	single, ok := w.readAction(m, &action, &d, field)
	return d, ok && w.readSecurity(m, &d, single, field)
}

// namedAction reads actions.<name>.
func (w *work) namedAction(m *member, name, field string) (alb.Action, bool) {
	a, set := settle(m, annotation.GetMember(m.own, alb.Actions, name))
	if set || m.failed {
		return a, set
	}
	key := diag.A("key", alb.Prefix+alb.Actions.Suffix+name)
	if w.options.RefuseMissingAction {
		m.fail(diag.ALBActionMissingRefused, field, key)
	} else {
		m.say(diag.ALBActionMissing, field, key)
	}
	return a, false
}

func servicePortText(p *networkingv1.ServiceBackendPort) string {
	if p.Name != "" {
		return p.Name
	}
	return elb.PortText(p.Number)
}

func forwardTo(service, port string) alb.Action {
	return alb.Action{Type: "forward", Forward: &alb.Forward{
		TargetGroups: []alb.TargetGroupTuple{{ServiceName: service, ServicePort: alb.AnyText(port)}},
	}}
}

// readAction turns an action into the model's. It returns the only Service that is forwarded to, if there is one.
func (w *work) readAction(m *member, a *alb.Action, d *draft, field string) (single string, ok bool) {
	switch a.Type {
	case "redirect":
		d.routing = model.Action{Type: model.ActionRedirect, Redirect: a.Redirect.Model()}
		return "", true
	case "fixed-response":
		f := a.FixedResponse
		d.routing = model.Action{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{
			StatusCode: f.Status(), ContentType: f.ContentType, MessageBody: f.MessageBody,
		}}
		return "", true
	}
	tuples := []alb.TargetGroupTuple{{TargetGroupARN: a.TargetGroupARN, TargetGroupName: a.TargetGroupName}}
	if a.Forward != nil {
		tuples = a.Forward.TargetGroups
	}
	if len(tuples) == 1 && tuples[0].ServiceName != "" {
		single = tuples[0].ServiceName
		if w.serviceOf(m, single) == nil {
			return w.missingService(m, single, d, field)
		}
		d.source.Service, d.source.Port = single, string(tuples[0].ServicePort)
	}
	return single, w.readForward(m, a, tuples, d, field)
}

// missingService answers 503 for the only Service of a forward that does not exist.
func (w *work) missingService(m *member, service string, d *draft, field string) (string, bool) {
	if w.options.RefuseMissingService {
		m.fail(diag.ALBServiceMissingRefused, field, diag.A("service", service))
		return "", false
	}
	m.say(diag.ALBServiceMissing, field, diag.A("service", service))
	d.routing = fixedResponse(503, noSuchService)
	return "", true
}

func (w *work) readForward(m *member, a *alb.Action, tuples []alb.TargetGroupTuple, d *draft, field string) bool {
	forward := &model.Forward{}
	for i := range tuples {
		id, ok := w.tupleTarget(m, &tuples[i], field)
		if !ok {
			return false
		}
		// A forward to one target group has no weight of its own; 1 is what ELBv2 says of it.
		weight := int32(1)
		if tuples[i].Weight != nil {
			weight = *tuples[i].Weight
		}
		forward.TargetGroups = elb.Share(forward.TargetGroups, id, weight)
	}
	if a.Forward != nil && a.Forward.Stickiness != nil {
		forward.Stickiness = &model.GroupStickiness{
			Enabled: a.Forward.Stickiness.Enabled, DurationSeconds: a.Forward.Stickiness.DurationSeconds,
		}
	}
	d.routing = model.Action{Type: model.ActionForward, Forward: forward}
	return true
}

// tupleTarget is the target group that a tuple stands for: one of the model's, or an existing one by ARN.
func (w *work) tupleTarget(m *member, t *alb.TargetGroupTuple, field string) (string, bool) {
	switch {
	case t.ServiceName != "":
		if w.serviceOf(m, t.ServiceName) == nil {
			m.fail(diag.ALBServiceMissingRefused, field, diag.A("service", t.ServiceName))
			return "", false
		}
		return w.targetGroup(m, t.ServiceName, string(t.ServicePort), field)
	case t.TargetGroupARN != "":
		return t.TargetGroupARN, true
	}
	answer, ok := w.ask(lookup.Question{Kind: lookup.TargetGroups, Name: t.TargetGroupName}, m.object, field, &m.found)
	if !ok {
		// Until the answer is there the rule stands with a name that no target group has, which answers 503.
		return "targetgroup-name/" + t.TargetGroupName, true
	}
	for _, g := range answer.TargetGroups {
		if g.Name == t.TargetGroupName {
			return g.ARN, true
		}
	}
	m.fail(diag.LookupTargetGroupMissing, field, diag.A("name", t.TargetGroupName))
	return "", false
}

// serviceName is the full name of a Service of the member's namespace; backends never cross namespaces.
func (m *member) serviceName(name string) objects.Name {
	return objects.Name{Namespace: m.ing.Namespace, Name: name}
}
