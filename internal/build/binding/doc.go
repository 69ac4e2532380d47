// Package binding finds the targets of a target group: endpoints of a Service, or nodes with the Service's node port.
//
// In: an objects.Set and a target group with its Binding.
// Out: a sorted list of targets without repeats; Service ports by reference.
// Never imports: clients, the builders of the classes, the proxy.
// Start reading at: targets.go.
package binding
