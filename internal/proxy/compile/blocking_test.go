package compile

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

type inlineStep struct{}

func (inlineStep) Request(*exchange.Exchange) exchange.Verdict { return exchange.Continue }

type waitingStep struct {
	inlineStep
	waits bool
}

func (s waitingStep) Blocks() bool { return s.waits }

func TestARuleBlocksWhenOneOfItsStepsSaysSo(t *testing.T) {
	step := func(f exchange.Filter) FilterFactory {
		return FilterFactory{Name: "step", New: func(*Config) (exchange.Filter, error) { return f, nil }}
	}
	for name, c := range map[string]struct {
		steps []FilterFactory
		want  bool
	}{
		"no steps":                     {nil, false},
		"steps that say nothing":       {[]FilterFactory{step(inlineStep{}), step(inlineStep{})}, false},
		"a step that could but is not": {[]FilterFactory{step(waitingStep{})}, false},
		"one of two":                   {[]FilterFactory{step(inlineStep{}), step(waitingStep{waits: true})}, true},
	} {
		config := Config{Settings: &Settings{}, Dialect: model.DialectNginx}
		if r := newRule(c.steps, config, &model.Rule{}, "lb", nil); r.Blocking() != c.want {
			t.Errorf("%s: %v", name, r.Blocking())
		}
	}
}
