// Package traffic makes the load balancers of the store carry traffic: it puts each into words of the model, hands it to a
// proxy and serves its listeners at its address. What health checks find goes back to action.
//
// In: changes of the store; machines and certificates of the world.
// Out: sockets that serve; the health of targets; why a load balancer cannot be served.
// Never imports: action, wire.
// Start reading at: traffic.go, then unit.go.
package traffic
