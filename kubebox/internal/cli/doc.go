// Package cli is the command line of kubebox: serve, kubectl, version.
//
// In: arguments, signals, standard input.
// Out: the ready line, remarks and errors on the terminal, an exit code.
// Never imports: the components; it knows them through internal/box only. kubectl is the exception.
// Start reading at: main.go.
package cli
