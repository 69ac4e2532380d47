// Package cloud fills the seams of a controller with internal/aws: the one place where loops of Kubernetes and calls to AWS
// meet.
//
// In: AWS clients, the settings of a cluster.
// Out: a Realizer, Lookups and a Registrar for controller.Cloud.
// Never imports: Kubernetes clients, the AWS SDK.
// Start reading at: cloud.go.
package cloud
