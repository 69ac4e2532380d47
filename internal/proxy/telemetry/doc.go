// Package telemetry tells what happened: one access-log line for every exchange, in the words of nginx or ELB or as
// JSON, and Prometheus metrics under the names that dashboards of both know.
//
// In: finished exchanges with their listener, counts of connections, the state of target groups at scrape time.
// Out: lines on a writer, metric families on a registerer.
// Never imports: Kubernetes, AWS, listen.
// Start reading at: accesslog.go, then metrics.go.
package telemetry
