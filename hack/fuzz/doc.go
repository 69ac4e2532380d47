// Command fuzz runs every fuzz target of the repository for a while, one after another.
//
// In: the test files of the repository.
// Out: the go command's output; exit status 1 when a target failed.
// Never imports: anything of ours.
// Start reading at: main.go.
package main
