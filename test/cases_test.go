package test

import (
	"flag"
	"testing"

	"github.com/gwanmun/gwanmun/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the outputs of cases (diagnostics, model and calls) in place of comparing them")

func TestCases(t *testing.T) {
	testkit.RunCases(t, "cases", *update)
}
