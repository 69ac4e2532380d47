// Package testkit runs cases: one file each, with the objects that a user wrote and what must come of them, from
// diagnostics and model to requests against a real listener.
//
// In: txtar files below test/cases (CONTRIBUTING.md describes their sections).
// Out: test failures with readable differences, or rewritten files.
// Never imports: nothing is forbidden; only tests import it.
// Start reading at: archive.go, then run.go.
package testkit
