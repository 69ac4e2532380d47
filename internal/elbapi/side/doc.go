// Package side answers the calls that load balancer controllers and their tools make besides those of ELBv2: EC2, ACM, STS,
// IAM, tagging, WAFv2 and Shield. It refuses what AWS refuses, with AWS's codes.
//
// What it leaves out: requested certificates are issued at once, by an authority of the world's own, without any proof of
// domains; web ACLs and protections are kept and shown, but nothing inspects requests; instances are rows without machines;
// credentials are made up and never asked for; WAF Classic is not answered at all.
//
// In: input structs of the SDK's services, the world, the ARNs and tags of load balancers and target groups.
// Out: output structs of the SDK's services, or their errors; a table of calls.
// Never imports: the store of load balancers, the data plane; the SDK's services for more than their types.
// Start reading at: side.go, then operations.go.
package side
