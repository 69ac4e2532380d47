// Package cli holds the commands, one file each.
//
// In: arguments, standard input, signals.
// Out: text or JSON on standard output, messages on standard error, an exit status: 0 fine, 1 not fine, 2 wrong usage.
// Never imports: tests' packages.
// Start reading at: root.go.
package cli
