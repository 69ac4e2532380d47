package ingressnginx

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// WellKnownConfigMap is the controller's ConfigMap as ingress-nginx's Helm chart and its plain manifests name it.
func WellKnownConfigMap() objects.Name {
	return objects.Name{Namespace: "ingress-nginx", Name: "ingress-nginx-controller"}
}

// UseConfigMap names the controller's ConfigMap anew and says whether that is a change: every unit has to be built again
// then. It must not be called during a build.
func (b *Builder) UseConfigMap(name objects.Name) (changed bool) {
	changed = b.options.ConfigMap != name
	b.options.ConfigMap = name
	return changed
}

// LooksLikeConfiguration says whether a ConfigMap was made for ingress-nginx: it has the chart's label, or keys, all of
// which the controller's ConfigMap may have.
func LooksLikeConfiguration(cm *corev1.ConfigMap) bool {
	if cm.Labels["app.kubernetes.io/name"] == "ingress-nginx" {
		return true
	}
	known := knownConfigKeys()
	for key := range cm.Data {
		if !known[key] {
			return false
		}
	}
	return len(cm.Data) > 0
}

// knownConfigKeys are the keys that the controller's ConfigMap may have, those that are not carried out among them.
func knownConfigKeys() map[string]bool {
	known := map[string]bool{}
	for _, r := range []*annotation.Registry{nginx.ConfigRegistry, nginx.Registry} {
		for _, k := range r.All() {
			if key := k.Declaration().ConfigMapKey; key != "" {
				known[key] = true
			}
		}
	}
	return known
}

// nearest is the known key that is most like another one.
func nearest(key string, known map[string]bool) string {
	best, least := "", len(key)+64
	for _, k := range slices.Sorted(maps.Keys(known)) {
		if d := diag.Distance(key, k, least); d < least {
			best, least = k, d
		}
	}
	return best
}
