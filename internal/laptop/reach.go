package laptop

import (
	"context"
	"io"

	"k8s.io/client-go/rest"

	"github.com/gwanmun/gwanmun/internal/elbapi"
	"github.com/gwanmun/gwanmun/internal/manifest"
)

// Cloud is the AWS-compatible API.
func (l *Laptop) Cloud() *elbapi.Server { return l.aws }

// Config is the way to the API server. It must not be changed.
func (l *Laptop) Config() *rest.Config { return l.config }

// Wiring is what controllers are connected to.
func (l *Laptop) Wiring() Wiring { return l.controller.wiring }

// Apply applies files once, whether they are those of the options or others, and returns what could not be applied.
func (l *Laptop) Apply(ctx context.Context, sources ...string) []error {
	a, err := newApplier(l.config, io.Discard)
	if err != nil {
		return []error{err}
	}
	loaded, _ := manifest.NewLoader(sources, nil, manifest.Limits{}).Load()
	_, problems := a.apply(ctx, sources, loaded)
	return problems
}
