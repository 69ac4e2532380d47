// Package bucket delivers the logs of load balancers as the service does: gzip files named after the load balancer, the
// node and the end of a period of five minutes, in a folder that stands for S3.
//
// In: streams (which log of which load balancer, bucket and prefix) and their lines.
// Out: files below a folder, counts of what was lost.
// Never imports: other rooms.
// Start reading at: store.go, then log.go.
package bucket
