// Package elb holds what builders of all classes of AWS load balancers share: generated names, ownership tags, the choice
// of subnets, the shared backend security group, checks of attributes, and asking the cloud.
//
// In: flags, annotations already read, answers of lookups.
// Out: parts of the model, and diagnostics.
// Never imports: clients, SDKs, dialects of annotations, classes' builders.
// Start reading at: names.go, then subnets.go.
package elb
