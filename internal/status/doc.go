// Package status says in Kubernetes what came of users' objects: addresses, conditions and events. What is to be written
// is a function of its arguments; writing happens only where something differs.
//
// In: objects as they are, addresses, ports, diagnostics, errors.
// Out: patches of status, Events.
// Never imports: clouds, the proxy, the builders of the classes.
// Start reading at: address.go, events.go, writer.go.
package status
