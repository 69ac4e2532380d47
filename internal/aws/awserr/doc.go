// Package awserr knows the error codes of AWS: which need the user, which pass by themselves, which only say "not yet",
// and which show that our picture of AWS is out of date.
//
// In: errors of the AWS SDK.
// Out: classes, and texts for people.
// Never imports: service packages of the SDK, anything of ours.
// Start reading at: classify.go, then codes.go.
package awserr
