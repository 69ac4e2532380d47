package ingressnginx

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/model"
)

// chooseCiphers finds the ciphers of the host's TLS: those that its oldest Ingress asks for that asks for any, whether it is
// served or not. Empty: those of the ConfigMap.
func (h *hostBuild) chooseCiphers(m *model.Listener) {
	all := slices.Concat(h.mains, h.withheld)
	slices.SortFunc(all, func(a, b *member) int { return older(a.ing, b.ing) })
	for _, from := range all {
		if from.s.ciphers == "" {
			continue
		}
		m.HostCiphers = []model.HostCiphers{{Host: h.host, Ciphers: from.s.ciphers, Source: model.Source{
			Kind: from.object.Kind, Namespace: from.object.Namespace, Name: from.object.Name,
			Field: annotation.FieldOf(nginx.Registry.FullKey(&nginx.SSLCiphers.Entry)),
		}}}
		return
	}
}
