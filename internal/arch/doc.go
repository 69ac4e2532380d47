// Package arch holds no code: its tests read ARCHITECTURE.md and compare the tables there with the code of this module.
//
// In: ARCHITECTURE.md, what the go command says about packages, syntax trees.
// Out: failures that name the place and the reason.
// Never imports: anything of ours.
// Start reading at: imports_test.go, then pure_test.go.
package arch
