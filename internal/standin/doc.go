// Package standin plays the parts of a cluster that a laptop has no place for: nodes that report as ready, a kubelet that gives
// each pod an address and answers on its ports with the echo, and kube-proxy's node ports. What it says of itself is true:
// every answer names the pod that it stands for and that it is a stand-in.
//
// In: a Kubernetes client, the nodes to play; pods, Services and EndpointSlices of the API server.
// Out: Node objects with heartbeats, pod statuses, listeners on loopback addresses.
// Never imports: the controller, the proxy, an AWS SDK.
// Start reading at: standin.go.
package standin
