package local

import (
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
)

// annotationPrefix begins the annotations that are about serving manifests locally.
const annotationPrefix = "local.gwanmun.dev/"

// checkKeys reports annotations that are meant for us and that do not exist, on objects and on the pods that they make.
func checkKeys(l *manifest.Loaded, into *diag.Collector) {
	for _, o := range l.Objects {
		tell := func(field string, annotations map[string]string) {
			for _, key := range slices.Sorted(maps.Keys(annotations)) {
				if strings.HasPrefix(key, annotationPrefix) && key != AnnotationAddress {
					into.Add(diag.LocalAnnotationUnknown, o.Key.Object(), field+"["+key+"]",
						diag.A("key", key), diag.A("suggestion", AnnotationAddress))
				}
			}
		}
		tell("metadata.annotations", o.Value.GetAnnotations())
		tell("spec.template.metadata.annotations", templateAnnotations(o.Value))
	}
}

// templateAnnotations are the annotations that a workload gives to its pods.
func templateAnnotations(workload any) map[string]string {
	switch v := workload.(type) {
	case *appsv1.Deployment:
		return v.Spec.Template.Annotations
	case *appsv1.ReplicaSet:
		return v.Spec.Template.Annotations
	case *appsv1.StatefulSet:
		return v.Spec.Template.Annotations
	case *appsv1.DaemonSet:
		return v.Spec.Template.Annotations
	}
	return nil
}
