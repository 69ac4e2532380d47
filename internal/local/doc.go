// Package local is the file mode: manifests on disk are served on this machine with no API server and no AWS. It stands in
// for what a cluster would give (pods, nodes, subnets, certificates), places load balancers on loopback addresses, and
// keeps the proxy in step with the files.
//
// In: paths of manifests, ports.
// Out: a running proxy; what is served where, as text and in a state file; diagnostics; explanations of single requests.
// Never imports: a Kubernetes client, an AWS SDK.
// Start reading at: server.go; world.go for the stand-ins.
package local
