package compile

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Delivery says which logs of a load balancer go to a bucket. ELB: access_logs.s3.*, connection_logs.s3.* and
// health_check_logs.s3.*.
type Delivery struct {
	Access, Connection, HealthCheck Destination
}

// Any says whether any log is delivered.
func (d *Delivery) Any() bool {
	return d.Access.Enabled || d.Connection.Enabled || d.HealthCheck.Enabled
}

// Destination is where a log goes. Bucket and Prefix are safe names of folders.
type Destination struct {
	Enabled        bool
	Bucket, Prefix string
}

// DeliveryOf reads the attributes of a load balancer. A log whose bucket is missing or has no valid name is not delivered.
func DeliveryOf(lb *model.LoadBalancer) Delivery {
	var ignored []diag.Diagnostic
	return delivery(lb, &ignored)
}

func delivery(lb *model.LoadBalancer, diags *[]diag.Diagnostic) Delivery {
	var d Delivery
	if lb.Dialect == model.DialectNginx {
		return d
	}
	p := attributeReader{lb: lb, diags: diags}
	var places [3]model.Attribute
	to := [...]*Destination{&d.Access, &d.Connection, &d.HealthCheck}
	for _, a := range lb.Attributes {
		switch a.Key {
		case "access_logs.s3.enabled":
			d.Access.Enabled = p.flag(a, false)
		case "access_logs.s3.bucket":
			d.Access.Bucket, places[0] = a.Value, a
		case "access_logs.s3.prefix":
			d.Access.Prefix = p.prefix(a)
		case "connection_logs.s3.enabled":
			d.Connection.Enabled = p.flag(a, false)
		case "connection_logs.s3.bucket":
			d.Connection.Bucket, places[1] = a.Value, a
		case "connection_logs.s3.prefix":
			d.Connection.Prefix = p.prefix(a)
		case "health_check_logs.s3.enabled":
			d.HealthCheck.Enabled = p.flag(a, false)
		case "health_check_logs.s3.bucket":
			d.HealthCheck.Bucket, places[2] = a.Value, a
		case "health_check_logs.s3.prefix":
			d.HealthCheck.Prefix = p.prefix(a)
		}
	}
	for i, one := range to {
		if one.Enabled && !validBucket(one.Bucket) {
			a := places[i]
			if a.Key == "" {
				a.Key = [...]string{"access_logs.s3.bucket", "connection_logs.s3.bucket", "health_check_logs.s3.bucket"}[i]
			}
			p.bad(a, "the name of a bucket", "no delivery")
			one.Enabled = false
		}
	}
	return d
}

func (p attributeReader) prefix(a model.Attribute) string {
	if validPrefix(a.Value) {
		return strings.Trim(a.Value, "/")
	}
	p.bad(a, "a place inside a bucket, without AWSLogs", "no prefix")
	return ""
}

// validBucket says whether a name may be a bucket: 3 to 63 small letters, digits, hyphens and dots, with a letter or
// digit at both ends and no two dots in a row (S3's rules for names).
func validBucket(name string) bool {
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") {
		return false
	}
	for i := range len(name) {
		c := name[i]
		inner := c == '-' || c == '.'
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || inner && i > 0 && i < len(name)-1) {
			return false
		}
	}
	return true
}

// validPrefix says whether a text may be a place inside a bucket: letters, digits and "!-_.*'()/", no part that is "."
// or "..", and "AWSLogs" nowhere (the service refuses it).
func validPrefix(prefix string) bool {
	if len(prefix) > 512 || strings.Contains(prefix, "AWSLogs") {
		return false
	}
	for _, part := range strings.Split(strings.Trim(prefix, "/"), "/") {
		if part == "." || part == ".." || part == "" && strings.Trim(prefix, "/") != "" {
			return false
		}
	}
	for i := range len(prefix) {
		c := prefix[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' && c < 0x80
		if !letter && !(c >= '0' && c <= '9') && strings.IndexByte("!-_.*'()/", c) < 0 {
			return false
		}
	}
	return true
}
