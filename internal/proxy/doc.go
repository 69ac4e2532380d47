// Package proxy is the data plane put together: a Server takes units of the model and serves them.
//
// In: units (partial models), lists of targets, placements; a logger, a writer for the access log, a metrics registerer.
// Out: traffic served; addresses, target health and explanations for whoever asks.
// Never imports: Kubernetes, AWS, build, objects, annotations.
// Start reading at: server.go.
package proxy
