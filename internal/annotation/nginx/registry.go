package nginx

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// Prefix begins every key of this dialect.
const Prefix = "nginx.ingress.kubernetes.io/"

// Registry lists every annotation of ingress-nginx: the current ones, their older names, and the removed ones.
var Registry = annotation.NewRegistry(Prefix, slices.Concat(
	rewriteKeys,
	redirectKeys,
	canaryKeys,
	basicAuthKeys,
	extAuthKeys,
	accessKeys,
	limitKeys,
	corsKeys,
	proxyKeys,
	proxySSLKeys,
	balanceKeys,
	affinityKeys,
	clientTLSKeys,
	errorKeys,
	mirrorKeys,
	telemetryKeys,
	wafKeys,
	snippetKeys,
	removedKeys(),
)...)

// Page is the reference page of class nginx.
func Page() annotation.Page {
	return annotation.Page{
		Title: "Annotations of class nginx",
		Intro: "Every annotation of ingress-nginx, and what Gwanmun does with it. A value comes from the annotation, else from " +
			"the controller's ConfigMap where a key is named, else it is the default. A blank value counts as not set.\n\n" +
			"What protects a path is never left out silently: while an annotation such as `auth-url` is not carried out, the " +
			"paths that carry it answer 503.",
		Registry: Registry,
		Internal: true,
	}
}
