// Command perf compares the data plane with nginx, haproxy and others in one run, as processor time per request.
//
// In: the gwanmun binary, the other proxies from PATH, wrk, h2load and strace when they are there.
// Out: a table of ratios on standard output, all figures as JSON, and tables in Markdown.
// Never imports: anything of ours but what tests share; our side runs as the binary that users run.
// Start reading at: main.go, then round.go.
package main
