// Package box is a running kubebox: it brings state, certificates and components together, in the right order, and takes them
// apart again.
//
// In: options; a context whose end means stop.
// Out: a cluster that is ready, announced once; errors that users can act on.
// Never imports: flags or signals.
// Start reading at: run.go.
package box
