// Command perf compares the data plane with nginx and haproxy in one run, as processor time per request.
//
// In: the gwanmun binary, nginx and haproxy from PATH, wrk and h2load when they are there.
// Out: a table of ratios on standard output, and all figures as JSON.
// Never imports: anything of ours; our side runs as the binary that users run.
// Start reading at: main.go, then round.go.
package main
