// Package observe reads what there is in AWS into the words of the model: everything that carries our tags, in few calls that
// all stacks share, and one stack in depth.
//
// In: clients of the SDK; a desired model, which decides what is worth reading.
// Out: models whose IDs are those of AWS, and the ARNs of listeners and rules beside them.
// Never imports: build, Kubernetes, the rooms that change AWS.
// Start reading at: observer.go, then sweep.go and stack.go.
package observe
