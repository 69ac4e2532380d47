// Package wire moves bytes over sockets with as few system calls as the platform allows, and ends what takes too long
// without a timer per operation.
//
// In: connections that were accepted or dialled, deadlines.
// Out: reads, writes, and the write-then-wait that one request to a target is; errors that tell a timeout from a loss.
// Never imports: anything of ours.
// Start reading at: wire.go, then clock.go.
package wire
