// Package test holds the cases, below cases/, and the test that runs them.
//
// In: test/cases/**.txt.
// Out: failures with readable differences; with -update, rewritten files.
// Never imports: nothing is forbidden.
// Start reading at: cases_test.go.
package test
