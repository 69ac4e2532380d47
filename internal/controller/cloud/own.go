package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/model"
)

// ownPrefix begins the checkpoints that hold which targets of a shared group this cluster has registered.
const ownPrefix = "targets/"

// own are the targets that this cluster has registered in a target group that other clusters use too: no others are ever
// deregistered, so they must be known beyond the end of the process.
func (c *Cloud) own(ctx context.Context, want controller.Registration) ([]model.Target, error) {
	if c.kept == nil {
		return nil, errors.New("a target group that clusters share needs checkpoints")
	}
	text, ok, err := c.kept.Load(ctx, ownPrefix+want.Binding.String())
	if err != nil || !ok {
		return nil, err
	}
	var out []model.Target
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("reading which targets of %s are ours: %w", want.Binding, err)
	}
	return out, nil
}

func (c *Cloud) keepOwn(ctx context.Context, want controller.Registration, own []model.Target) error {
	if len(own) == 0 {
		return c.kept.Delete(ctx, ownPrefix+want.Binding.String())
	}
	text, err := json.Marshal(own)
	if err != nil {
		return err
	}
	return c.kept.Store(ctx, ownPrefix+want.Binding.String(), string(text))
}
