// Package nodeport is one port of a node as kube-proxy makes it: connections are joined to a Service's endpoints in turn.
//
// In: a listener, EndpointSlices, endpoints that change at any time.
// Out: bytes, both ways, until both sides have ended.
// Never imports: anything of ours, a Kubernetes client.
// Start reading at: port.go.
package nodeport
