// Package model holds the nouns of the house: a load balancer with its listeners and rules, target groups with
// their targets, certificates and security groups, all in ELBv2's own words, and the policy beside a rule for
// what ELBv2 lacks.
//
// In: nothing; values are made by build (desired) and by observing AWS (observed).
// Out: plain values that plan, proxy/compile and elbapi read; a text form to print and parse.
// Never imports: anything of ours, anything outside the standard library.
// Start reading at: model.go, then rule.go.
package model
