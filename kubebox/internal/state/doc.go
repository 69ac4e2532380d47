// Package state is the folder that one kubebox keeps between its starts, and the lock that gives it to one process at a time.
//
// In: the path of the folder.
// Out: the paths of everything inside, what was decided at the first start (port, service CIDR), clear errors.
// Never imports: anything of Kubernetes or etcd.
// Start reading at: dir.go.
package state
