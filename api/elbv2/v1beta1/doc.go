// Package v1beta1 holds the Go types of API group elbv2.k8s.aws, version v1beta1: TargetGroupBinding and
// IngressClassParams.
//
// In: manifests and API objects, decoded as JSON.
// Out: typed objects with the same fields as the AWS controller's custom resources.
// Never imports: anything of ours, any client.
// Start reading at: targetgroupbinding.go, ingressclassparams.go.
package v1beta1
