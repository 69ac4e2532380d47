package bucket

import (
	"net/netip"
	"path"
	"strings"
	"time"
)

// Kind is what a log is about.
type Kind uint8

// Kinds of logs.
const (
	// Access has a line for each request, or for each TLS connection of a network load balancer.
	Access Kind = iota
	// Connection has a line for each attempt of a client to set up TLS.
	Connection
	// HealthCheck has a line for each check of a target.
	HealthCheck
)

// Stream is one log of one load balancer.
type Stream struct {
	Kind Kind
	// LoadBalancer is the end of its ARN: "app/<name>/<id>" or "net/<name>/<id>".
	LoadBalancer string
	// Bucket is the folder that stands for the bucket, Prefix the place inside it; empty for none. Both must have been
	// checked (compile.DeliveryOf does); what they say cannot lead out of the Store's folder anyway.
	Bucket, Prefix string
	// Account and Region are parts of the names.
	Account, Region string
}

// network says whether the load balancer is one for connections: the names of its files hold no address.
func (s *Stream) network() bool { return strings.HasPrefix(s.LoadBalancer, "net/") }

// account is the folder of everything of the account: <bucket>/<prefix>/AWSLogs/<account>.
func (s *Stream) account() string {
	return path.Join(s.Bucket, strings.Trim(s.Prefix, "/"), "AWSLogs", s.Account)
}

// testFile is the name of the file that the service writes when a log is switched on, to see whether it may.
func (s *Stream) testFile() string {
	name := map[Kind]string{
		Access: "ELBAccessLogTestFile", Connection: "ELBConnectionLogTestFile", HealthCheck: "ELBHealthCheckLogTestFile",
	}[s.Kind]
	return path.Join(s.account(), name)
}

// file is the name of the file for a period that ends then:
//
//	<bucket>[/<prefix>]/AWSLogs/<account>/elasticloadbalancing/<region>/<yyyy>/<mm>/<dd>/
//	[conn_log.|health_check_log_]<account>_elasticloadbalancing_<region>_app.<name>.<id>_<end>_<address>_<random>.log.gz
//
// Those of network load balancers begin their second half with "net." and hold no address. Colons of IPv6 addresses
// become dots, since not every file system has them.
func (s *Stream) file(end time.Time, node netip.Addr, random string) string {
	end = end.UTC()
	parts := []string{s.Account, "elasticloadbalancing", s.Region, strings.ReplaceAll(s.LoadBalancer, "/", "."), end.Format("20060102T1504Z")}
	if !node.IsValid() {
		node = netip.IPv4Unspecified() // a health check before the load balancer had an address
	}
	if !s.network() {
		parts = append(parts, strings.ReplaceAll(node.WithZone("").String(), ":", "."))
	}
	name := map[Kind]string{Connection: "conn_log.", HealthCheck: "health_check_log_"}[s.Kind] +
		strings.Join(append(parts, random), "_") + ".log.gz"
	return path.Join(s.account(), "elasticloadbalancing", s.Region, end.Format("2006/01/02"), name)
}
