package cloud

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// OwnTargets keeps which targets of a shared group a binding has registered, as "id:port"; kube.OwnTargets does. No others
// are ever deregistered, so they must be known beyond the end of the process.
type OwnTargets interface {
	// Load gives what was stored last; nothing when nothing ever was.
	Load(ctx context.Context, binding objects.Name) ([]string, error)
	Store(ctx context.Context, binding objects.Name, targets []string) error
	Delete(ctx context.Context, binding objects.Name) error
}

var errNotKept = errors.New("a target group that clusters share needs a place to remember this cluster's targets")

// share prepares a registration in a group that other clusters use too. While it is not known which targets are ours, none
// are taken out. What is about to be registered is noted as ours before it is: should the process end in between, the next
// one must know that it may take it out.
func (c *Cloud) share(ctx context.Context, want controller.Registration, w *targets.Want) error {
	own, err := c.ownTargets(ctx, want.Binding)
	if err != nil {
		return err
	}
	w.Own = own
	changing := w.Changing
	w.Changing = func(ctx context.Context) error {
		if changing != nil {
			if err := changing(ctx); err != nil {
				return err
			}
		}
		return c.own.Store(ctx, want.Binding, textsOf(slices.Concat(own, want.Targets)))
	}
	return nil
}

// ownTargets are those that this cluster has registered in a group that other clusters use too.
func (c *Cloud) ownTargets(ctx context.Context, binding objects.Name) ([]model.Target, error) {
	if c.own == nil {
		return nil, errNotKept
	}
	texts, err := c.own.Load(ctx, binding)
	if err != nil {
		return nil, err
	}
	var out []model.Target
	for _, text := range texts {
		if t, ok := targetOf(text); ok {
			out = append(out, t)
		}
	}
	return out, nil
}

// textsOf writes targets as "id:port", sorted and without repeats. Addresses of IPv6 have no brackets, as with the original.
func textsOf(list []model.Target) []string {
	out := make([]string, 0, len(list))
	for _, t := range list {
		out = append(out, t.ID+":"+strconv.Itoa(int(t.Port)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func targetOf(text string) (model.Target, bool) {
	at := strings.LastIndexByte(text, ':')
	if at <= 0 {
		return model.Target{}, false
	}
	port, err := strconv.ParseInt(text[at+1:], 10, 32)
	return model.Target{ID: text[:at], Port: int32(port)}, err == nil
}
