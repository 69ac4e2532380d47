// Package laptop is `gwanmun local`: a real Kubernetes API, an AWS-compatible API whose load balancers carry traffic, the
// controller for every class with its proxy, and stand-ins for nodes and pods, all on this machine's loopback addresses.
// It joins other rooms and does nothing of its own but start, watch, tell and stop.
//
// In: a state folder, the kubebox binary or a kubeconfig, manifests to apply.
// Out: running parts; what is where, as text and in local.json.
// Never imports: the AWS SDK and whoever calls it; commands hand in how.
// Start reading at: laptop.go.
package laptop
