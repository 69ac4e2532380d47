// Package conformance runs everything that belongs together against a real Kubernetes API: the examples as the tutorials apply
// them, changes, deletion, controllers that are killed between any two calls to AWS, and clients of AWS that are not ours.
//
// In: the binary kubebox (variable GWANMUN_KUBEBOX, or bin/kubebox), examples/, the command lines aws and terraform.
// Out: failures; figures as log lines (go test -v).
// Never imports: nothing is forbidden here; it holds tests only.
// Start reading at: main_test.go, then rig_test.go.
package conformance
