// Package ports finds loopback addresses for programmes that are told where to listen.
//
// In: how many.
// Out: addresses that nobody listened on a moment ago.
// Never imports: anything of ours; only tests import it.
// Start reading at: free.go.
package ports
