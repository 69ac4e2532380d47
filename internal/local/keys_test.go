package local

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
)

func TestMistypedAnnotationsForLocalUseAreTold(t *testing.T) {
	const note = "annotations: {local.gwanmun.dev/adress: '127.0.0.1:3000', other.example/adress: x}"
	source := strings.Replace(pods, "metadata: {name: web}\nspec: {selector", "metadata: {name: web, "+note+"}\nspec: {selector", 1)
	source = strings.Replace(source, "metadata: {labels", "metadata: {"+note+", labels", 1)
	var got []string
	for _, d := range said(check(t, Classes{}, manifests(t, "a.yaml", source+ingress)).Diagnostics, diag.LocalAnnotationUnknown) {
		got = append(got, d.Object.Kind+" "+d.Field)
		if d.Level != diag.Warning || !strings.Contains(d.Remedy, "local.gwanmun.dev/address?") || d.Line == 0 {
			t.Errorf("%v", d)
		}
	}
	const want = "Deployment spec.template.metadata.annotations[local.gwanmun.dev/adress], Service metadata.annotations[local.gwanmun.dev/adress]"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	right := strings.ReplaceAll(source, "/adress", "/address")
	if ds := said(check(t, Classes{}, manifests(t, "a.yaml", right+ingress)).Diagnostics, diag.LocalAnnotationUnknown); len(ds) != 0 {
		t.Errorf("all is well: %v", ds)
	}
}
