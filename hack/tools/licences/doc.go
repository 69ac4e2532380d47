// Command licences looks up the licence of every module that the repository builds with and fails on any that is not
// permissive.
//
// In: what the go command says about packages and modules; the licence files in the module cache.
// Out: a table on standard output; exit status 1 when something is not allowed.
// Never imports: the main module.
// Start reading at: main.go, then judge.go.
package main
