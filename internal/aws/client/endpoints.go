package client

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
)

// Endpoints are URLs by the SDK's id of a service, such as "EC2" or "Elastic Load Balancing v2".
type Endpoints map[string]string

// services lists ids with the other names under which people know a service: the name that requests are signed for and the
// word of the command line.
func services() map[string][]string {
	return map[string][]string{
		elbv2.ServiceID:                    {"elasticloadbalancing", "elbv2"},
		ec2.ServiceID:                      nil,
		acm.ServiceID:                      nil,
		wafv2.ServiceID:                    nil,
		shield.ServiceID:                   nil,
		sts.ServiceID:                      nil,
		resourcegroupstaggingapi.ServiceID: {"tagging"},
	}
}

// unused are services that flags written for the original may name; we call none of them.
func unused() []string {
	return []string{"WAF Regional", "Cognito Identity Provider", "ServiceDiscovery", "Route 53", "Global Accelerator", "IAM"}
}

// serviceID finds a service by its id or another name, without regard to case and spaces. Services that we never call are
// known and give "".
func serviceID(name string) (string, error) {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(s))
	}
	var known []string
	for id, others := range services() {
		known = append(known, id)
		if plain(id) == plain(name) || slices.Contains(others, plain(name)) {
			return id, nil
		}
	}
	if slices.ContainsFunc(unused(), func(s string) bool { return plain(s) == plain(name) }) {
		return "", nil
	}
	slices.Sort(known)
	return "", fmt.Errorf("unknown AWS service %q: want one of %s", name, strings.Join(known, ", "))
}

// ParseEndpoints reads "SERVICE=URL,SERVICE=URL", the value of --aws-api-endpoints. A service is named by its SDK id
// ("Elastic Load Balancing v2") or signing name ("elasticloadbalancing").
func ParseEndpoints(text string) (Endpoints, error) {
	out := Endpoints{}
	for _, part := range parts(text) {
		name, address, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf("endpoint %q: want SERVICE=URL", part)
		}
		id, err := serviceID(strings.TrimSpace(name))
		if err != nil {
			return nil, fmt.Errorf("endpoint %q: %w", part, err)
		}
		address = strings.TrimSpace(address)
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("endpoint %q: want a URL such as https://host:port", part)
		}
		if id == "" {
			continue
		}
		if _, twice := out[id]; twice {
			return nil, fmt.Errorf("endpoint %q: %s is given twice", part, id)
		}
		out[id] = address
	}
	return out, nil
}

// parts splits at commas and leaves out what is empty.
func parts(text string) []string {
	var out []string
	for _, p := range strings.Split(text, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
