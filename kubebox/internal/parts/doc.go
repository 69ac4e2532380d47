// Package parts starts the components of a cluster inside this process: etcd, API server, controller manager, scheduler.
//
// In: paths of certificates and kubeconfigs, a socket, a listener.
// Out: running components that end with their context; their logs in a file.
// Never imports: anything of kubebox but names of files; it knows no order and no waiting.
// Start reading at: apiserver.go.
package parts
