package ingressnginx

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestTheIndexedBalancingKeysAreTheDeclaredOnes(t *testing.T) {
	if got := nginx.Registry.FullKey(&nginx.LoadBalance.Entry); got != objects.AnnotationNginxBalance {
		t.Errorf("load-balance is declared as %s", got)
	}
	if got := nginx.Registry.FullKey(&nginx.UpstreamHashBy.Entry); got != objects.AnnotationNginxHashBy {
		t.Errorf("upstream-hash-by is declared as %s", got)
	}
	if len(nginx.LoadBalance.Aliases)+len(nginx.UpstreamHashBy.Aliases) > 0 {
		t.Error("an alias is not indexed")
	}
}
