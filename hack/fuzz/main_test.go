package main

import (
	"slices"
	"testing"
)

func TestTargetsAreFound(t *testing.T) {
	targets, err := find("../..")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(targets, func(t target) bool { return t.name == "FuzzParseModel" }) {
		t.Errorf("the fuzz target of the model's text is not among %d found", len(targets))
	}
}
