// Package crd holds the CustomResourceDefinitions of group elbv2.k8s.aws as files, for kubectl and for the binary, which
// installs them on request.
//
// In: nothing.
// Out: the files of this folder.
// Never imports: anything.
// Start reading at: crd.go.
package crd
