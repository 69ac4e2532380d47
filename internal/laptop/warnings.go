package laptop

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// component is what the controller calls itself in events.
const component = "gwanmun"

// warning is one thing that the controller says about an object: "Ingress default/web: ...". The key is another one when it
// is said again later, because the mistake was mended and made again.
type warning struct {
	key, text string
}

// warnings are what the controller has to say about objects that are there, oldest first.
func (f *follower) warnings() []warning {
	present := map[types.UID]bool{}
	for _, o := range f.ingresses() {
		present[o.UID] = true
	}
	for _, o := range f.services() {
		present[o.UID] = true
	}
	var events []*corev1.Event
	for _, o := range f.events.List() {
		if e, ok := o.(*corev1.Event); ok {
			events = append(events, e)
		}
	}
	return warningsOf(events, present, f.began)
}

// warningsOf chooses events that are worth telling. The API server keeps events for an hour, beyond the end of the objects and
// of the process that they are from: what still holds is said again by the controller that runs now.
func warningsOf(events []*corev1.Event, present map[types.UID]bool, began time.Time) []warning {
	list := slices.Clone(events)
	slices.SortFunc(list, func(a, b *corev1.Event) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	var out []warning
	for _, e := range list {
		about := e.InvolvedObject
		followed := about.Kind == "Ingress" || about.Kind == "Service"
		switch {
		case cmp.Or(e.ReportingController, e.Source.Component) != component,
			followed && !present[about.UID],
			e.LastTimestamp.Time.Before(began.Truncate(time.Second)): // events know seconds
			continue
		}
		out = append(out, warning{
			key:  fmt.Sprintf("%s %s %d", e.UID, e.Message, e.Count),
			text: fmt.Sprintf("%s %s/%s: %s", about.Kind, about.Namespace, about.Name, e.Message),
		})
	}
	return out
}
