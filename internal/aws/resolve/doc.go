// Package resolve answers what builds ask about the cloud: subnets, certificates, security groups, the VPC, target groups, and
// what names in annotations stand for. Answers are kept for a while, and one question is asked once however many want to know.
//
// In: lookup questions.
// Out: lookup answers.
// Never imports: build, Kubernetes.
// Start reading at: resolver.go.
package resolve
