// Package leak runs the tests of a package and fails when goroutines or descriptors are left of them.
//
// In: the package's tests.
// Out: an exit code, and a list of what is left.
// Never imports: rooms of this module, so that every one's tests can use it.
// Start reading at: leak.go.
package leak
