// Package sticky keeps clients at their targets and target groups as ELB does: with cookies whose values only load
// balancers with our keys can read (AWSALB, AWSALBAPP-0 and AWSALBTG, each with its twins).
//
// In: a forward action, what target groups ask for, and the keys that replicas share.
// Out: filters that say where a client is to stay, and set cookies on what targets answer.
// Never imports: upstream, listen.
// Start reading at: target.go, then group.go and jar.go.
package sticky
