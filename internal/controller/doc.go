// Package controller keeps a cluster's Ingresses, Services and TargetGroupBindings true: it watches, builds, and hands what
// was built to AWS, to the proxy in this process and back to Kubernetes. list.go names every loop.
//
// In: objects from an API server, answers about AWS, addresses.
// Out: load balancers (through Realizer), targets (through Registrar), units for the proxy, statuses, events.
// Never imports: the AWS SDK, internal/aws: they come in through the interfaces of seams.go.
// Start reading at: options.go, seams.go, list.go, then buildloop.go and stackloop.go.
package controller
