// Package handover passes open sockets from a running process to the one that replaces it, so that a new binary takes over
// without a moment in which a connection is refused: both processes share the sockets' queues, and the old one stops to
// accept only when the new one has said that it serves.
//
// In: listening sockets of this process, the command that replaces it.
// Out: a running successor that has them, or an error and everything as before.
// Never imports: anything of ours.
// Start reading at: socket.go, then start_unix.go and inherit_unix.go.
package handover
