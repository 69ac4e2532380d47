package local

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// chooseConfigMap finds the ConfigMap with the settings of class nginx. The flag says which it is, as it does for the
// controller; without it, the one that has the name that ingress-nginx's chart gives it, in any namespace if there is one
// alone, else in the chart's own. None at all is fine: the defaults count then.
func (c *Classes) chooseConfigMap(want map[objects.Key]metav1.Object, into *diag.Collector) objects.Name {
	chosen := c.ConfigMap
	usual := ingressnginx.WellKnownConfigMap()
	var named []objects.Name
	all := configMaps(want)
	for _, k := range all {
		if k.Name.Name == usual.Name {
			named = append(named, k.Name)
		}
	}
	switch {
	case chosen != (objects.Name{}):
		if _, ok := want[objects.Key{Kind: objects.KindConfigMap, Name: chosen}]; !ok {
			into.Add(diag.LocalConfigMapMissing, objects.Key{Kind: objects.KindConfigMap, Name: chosen}.Object(), "")
		}
	case len(named) == 1:
		chosen = named[0]
	case slices.Contains(named, usual):
		chosen = usual
	}
	if chosen != c.ConfigMap {
		into.Add(diag.LocalConfigMapUsed, objects.Key{Kind: objects.KindConfigMap, Name: chosen}.Object(), "", diag.A("name", chosen))
	}
	tellUnused(all, want, chosen, into)
	return chosen
}

// configMaps are those among all objects, in order.
func configMaps(want map[objects.Key]metav1.Object) []objects.Key {
	var out []objects.Key
	for k := range want {
		if k.Kind == objects.KindConfigMap {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, compareKeys)
	return out
}

// tellUnused names in one message the ConfigMaps that were made for ingress-nginx and have no effect.
func tellUnused(all []objects.Key, want map[objects.Key]metav1.Object, chosen objects.Name, into *diag.Collector) {
	var unused []string
	var first objects.Key
	for _, k := range all {
		cm, ok := want[k].(*corev1.ConfigMap)
		if !ok || k.Name == chosen || !ingressnginx.LooksLikeConfiguration(cm) {
			continue
		}
		if unused == nil {
			first = k
		}
		unused = append(unused, k.Name.String())
	}
	if unused != nil {
		into.Add(diag.LocalConfigMapUnused, first.Object(), "", diag.A("names", strings.Join(unused, ", ")))
	}
}
