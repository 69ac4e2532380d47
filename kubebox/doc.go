// Command kubebox is a real Kubernetes control plane in one process: etcd, API server, controller manager and scheduler, and
// kubectl as a sub-command. There are no nodes and no containers: it is for trying things out and for tests.
//
// In: flags, a state folder, and the KUBECONFIG variable (for kubectl).
// Out: an API server on a loopback port, a kubeconfig file, one line that says when it is ready.
// Never imports: anything of the main module; and nothing of the main module imports this one.
// Start reading at: main.go, then internal/box/run.go.
package main
