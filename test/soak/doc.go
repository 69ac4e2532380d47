// Command soak lets the data plane carry mixed traffic (HTTP/1.1, HTTP/2, WebSocket, TCP) for a long time while its rules,
// targets and certificates change all the time, and fails on any answer that is not as it should be, and on memory,
// descriptors or goroutines that grow.
//
// In: the gwanmun binary; a duration.
// Out: what was sent and what was wrong on standard output; exit code 1 when anything was.
// Never imports: anything of ours; our side runs as the binary that users run.
// Start reading at: main.go, then churn.go and client.go.
package main
