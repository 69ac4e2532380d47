// Package tools is the module of the programs that work on this repository and end up in no binary that we ship:
// formatter, linter, licence check. It is a module of its own so that their dependencies are not ours.
//
// In: nothing.
// Out: nothing; `make check` runs the programs.
// Never imports: the main module.
// Start reading at: licences/main.go.
package tools
