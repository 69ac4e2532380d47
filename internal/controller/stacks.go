package controller

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// Controllers that own stacks, as their tags and labels name them.
const (
	controllerIngress = "ingress.k8s.aws"
	controllerService = "service.k8s.aws"
)

// Finalizers of the AWS controller. A member of an explicit IngressGroup carries the group's name in its finalizer.
const (
	finalizerIngress = controllerIngress + "/resources"
	finalizerGroup   = "group." + controllerIngress + "/"
	finalizerService = controllerService + "/resources"
)

// First parts of the keys of units that are stacks.
const (
	unitsIngress = "alb/group/"
	unitsService = "nlb/service/"
	// unitsNginx is not a stack: the proxy serves them.
	unitsNginx = "nginx/"
)

// stackOfUnit is the stack that a unit is deployed as; false for units that AWS has no part in.
func stackOfUnit(key string) (StackID, bool) {
	if name, ok := strings.CutPrefix(key, unitsIngress); ok {
		return StackID{controllerIngress, name}, true
	}
	if name, ok := strings.CutPrefix(key, unitsService); ok {
		return StackID{controllerService, name}, true
	}
	return StackID{}, false
}

// unit is the key of the unit that a stack is built as.
func (s StackID) unit() string {
	if s.Controller == controllerService {
		return unitsService + s.Name
	}
	return unitsIngress + s.Name
}

// explicit says whether a stack is an IngressGroup with a name of its own: the names of the others are those of objects,
// "namespace/name".
func (s StackID) explicit() bool { return !strings.Contains(s.Name, "/") }

// finalizer is what keeps an object of the stack until its share of AWS is gone.
func (s StackID) finalizer() string {
	switch {
	case s.Controller == controllerService:
		return finalizerService
	case s.explicit():
		return finalizerGroup + s.Name
	}
	return finalizerIngress
}

// stacksOf lists the stacks whose finalizers an object carries.
func stacksOf(k objects.Key, o metav1.Object) []StackID {
	var out []StackID
	for _, f := range o.GetFinalizers() {
		group, explicit := strings.CutPrefix(f, finalizerGroup)
		switch {
		case f == finalizerService && k.Kind == objects.KindService:
			out = append(out, StackID{controllerService, k.Name.String()})
		case f == finalizerIngress && k.Kind == objects.KindIngress:
			out = append(out, StackID{controllerIngress, k.Name.String()})
		case explicit && k.Kind == objects.KindIngress && group != "":
			out = append(out, StackID{controllerIngress, group})
		}
	}
	return out
}

// labels mark the TargetGroupBindings of a stack, as the AWS controller marks them.
func (s StackID) labels() map[string]string {
	namespace, name, object := strings.Cut(s.Name, "/")
	if !object {
		return map[string]string{s.Controller + "/stack": s.Name}
	}
	return map[string]string{s.Controller + "/stack-namespace": namespace, s.Controller + "/stack-name": name}
}

// stackOfLabels is the stack that a TargetGroupBinding belongs to; false for one that a user made.
func stackOfLabels(labels map[string]string) (StackID, bool) {
	if group := labels[controllerIngress+"/stack"]; group != "" {
		return StackID{controllerIngress, group}, true
	}
	for _, c := range []string{controllerIngress, controllerService} {
		namespace, name := labels[c+"/stack-namespace"], labels[c+"/stack-name"]
		if namespace != "" && name != "" {
			return StackID{c, namespace + "/" + name}, true
		}
	}
	return StackID{}, false
}
