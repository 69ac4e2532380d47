package status

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// Reasons of Events: those of the AWS controller for its objects, those of ingress-nginx for class nginx.
const (
	reasonConflictingClass  = "ConflictingIngressClass"
	reasonGroupID           = "FailedLoadGroupID"
	reasonAddFinalizer      = "FailedAddFinalizer"
	reasonRemoveFinalizer   = "FailedRemoveFinalizer"
	reasonUpdateStatus      = "FailedUpdateStatus"
	reasonBuildModel        = "FailedBuildModel"
	reasonDeployModel       = "FailedDeployModel"
	reasonWithheld          = "WithheldByPolicy"
	reasonNetwork           = "FailedNetworkReconcile"
	reasonBackendNotFound   = "BackendNotFound"
	reasonReconcile         = "FailedReconcile"
	reasonCleanup           = "FailedCleanup"
	reasonReconciled        = "SuccessfullyReconciled"
	reasonAnnotationParsing = "AnnotationParsingFailed"
	reasonRejected          = "Rejected"
)

// Event is what an Event will say; it has no time and no object yet.
type Event struct {
	// Type is Normal or Warning.
	Type    string
	Reason  string
	Message string
}

func warning(reason, format string, args ...any) Event {
	return Event{Type: corev1.EventTypeWarning, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Reconciled says that everything an object asks for is in place.
func Reconciled() Event {
	return Event{Type: corev1.EventTypeNormal, Reason: reasonReconciled, Message: "Successfully reconciled"}
}

// FailedDeploy says that AWS refused something, or could not be reached.
func FailedDeploy(err error) Event {
	return warning(reasonDeployModel, "Failed deploy model due to %v", err)
}

// mostWithheld is how many operations one Event names.
const mostWithheld = 5

// Withheld says what stays in AWS because the policy forbids to take it away; nobody will do so when the object is gone.
func Withheld(operations []string) Event {
	text := strings.Join(operations[:min(len(operations), mostWithheld)], "; ")
	if more := len(operations) - mostWithheld; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return warning(reasonWithheld, "The policy of the controller forbids to %s; take away by hand what is not needed any more", text)
}

// FailedFinalizer says that a finalizer could not be put on an object.
func FailedFinalizer(err error) Event {
	return warning(reasonAddFinalizer, "Failed add finalizer due to %v", err)
}

// FailedRelease says that a finalizer could not be taken off.
func FailedRelease(err error) Event {
	return warning(reasonRemoveFinalizer, "Failed remove finalizer due to %v", err)
}

// FailedStatus says that the status could not be written.
func FailedStatus(err error) Event {
	return warning(reasonUpdateStatus, "Failed update status due to %v", err)
}

// FailedNetwork says that targets may not be reachable, because their security groups could not be changed.
func FailedNetwork(err error) Event {
	return warning(reasonNetwork, "Failed reconcile of the targets' security groups due to %v", err)
}

// FailedBinding says that targets could not be registered.
func FailedBinding(err error) Event {
	return warning(reasonReconcile, "Failed reconcile due to %v", err)
}

// FailedCleanup says that targets could not be taken out.
func FailedCleanup(err error) Event { return warning(reasonCleanup, "Failed cleanup due to %v", err) }

// BackendNotFound says that a binding's Service, or the port of it, does not exist.
func BackendNotFound(service, port string) Event {
	return warning(reasonBackendNotFound, "backend not found: Service %s with port %s", service, port)
}

// Held says that nothing is torn down, because it is not clear any more whose an Ingress is.
func Held(group string) Event {
	return warning(reasonBuildModel,
		"the load balancer of group %s is left as it is: the class of this Ingress cannot be found out, see its other events", group)
}

// FromDiagnostics makes Events from what a build had to say about one object: an Event for each error and warning. Notices
// are left to `gwanmun check`, and to logs.
func FromDiagnostics(ds []diag.Diagnostic, nginx bool) []Event {
	var out []Event
	for i := range ds {
		d := &ds[i]
		if d.Level < diag.Warning {
			continue
		}
		out = append(out, warning(reasonOf(d, nginx), "%s", textOf(d)))
	}
	return out
}

// textOf is a diagnostic as people read it in an Event, where the object is known.
func textOf(d *diag.Diagnostic) string {
	text := string(d.Code) + " "
	if d.Field != "" {
		text += d.Field + ": "
	}
	text += d.Text
	if d.Remedy != "" {
		text += "; " + d.Remedy
	}
	return text
}

func reasonOf(d *diag.Diagnostic, nginx bool) string {
	const annotations = "metadata.annotations["
	switch {
	case d.Code == diag.ClassDefaults.Code:
		return reasonConflictingClass
	case nginx && len(d.Field) > len(annotations) && d.Field[:len(annotations)] == annotations:
		return reasonAnnotationParsing
	case nginx:
		return reasonRejected
	case d.Field == annotations+"alb.ingress.kubernetes.io/group.name]":
		return reasonGroupID
	}
	return reasonBuildModel
}
