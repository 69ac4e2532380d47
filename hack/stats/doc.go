// Command stats counts what the house rules speak of: lines per room, the median and the 90th percentile of file lengths,
// long files and long functions.
//
// In: the Go files of the repository.
// Out: a table on standard output.
// Never imports: anything of ours.
// Start reading at: main.go.
package main
