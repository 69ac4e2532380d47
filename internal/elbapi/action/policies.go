package action

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// defaultPolicy is what HTTPS and TLS listeners have when they name none.
const defaultPolicy = "ELBSecurityPolicy-2016-08"

// Groups of cipher suites that security policies are made of.
var cipherGroups = map[byte][]string{
	'T': {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"},
	'F': {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"},
	'G': {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
	'C': {"ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384"},
	'L': {"ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"},
	'R': {"AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"},
	'Q': {"AES128-SHA", "AES256-SHA"},
}

// sslPolicies are the security policies by name without the prefix: their lowest TLS version, their highest, their groups
// of ciphers. Those of the FIPS family have no ChaCha20; what they hold beyond that is not published in a form that
// could be checked here, so they are given as their siblings.
var sslPolicies = []struct {
	name         string
	least, most  int
	cipherGroups string
}{
	{"2016-08", 0, 2, "GCLRQ"},
	{"TLS13-1-2-2021-06", 2, 3, "TGC"},
	{"TLS13-1-2-Res-2021-06", 2, 3, "TG"},
	{"TLS13-1-2-Ext1-2021-06", 2, 3, "TGCR"},
	{"TLS13-1-2-Ext2-2021-06", 2, 3, "TGCLRQ"},
	{"TLS13-1-1-2021-06", 1, 3, "TGCLRQ"},
	{"TLS13-1-0-2021-06", 0, 3, "TGCLRQ"},
	{"TLS13-1-3-2021-06", 3, 3, "T"},
	{"TLS-1-2-2017-01", 2, 2, "GCR"},
	{"TLS-1-1-2017-01", 1, 2, "GCLRQ"},
	{"TLS-1-2-Ext-2018-06", 2, 2, "GCLRQ"},
	{"FS-2018-06", 0, 2, "GCL"},
	{"FS-1-1-2019-08", 1, 2, "GCL"},
	{"FS-1-2-2019-08", 2, 2, "GCL"},
	{"FS-1-2-Res-2019-08", 2, 2, "GC"},
	{"FS-1-2-Res-2020-10", 2, 2, "G"},
	{"2015-05", 0, 2, "GCLRQ"},
	{"TLS-1-0-2015-04", 0, 2, "GCLRQ"},
	{"TLS13-1-3-PQ-2025-09", 3, 3, "T"},
	{"TLS13-1-2-PQ-2025-09", 2, 3, "TGC"},
	{"TLS13-1-2-Res-PQ-2025-09", 2, 3, "TG"},
	{"TLS13-1-2-Ext1-PQ-2025-09", 2, 3, "TGCR"},
	{"TLS13-1-2-Ext2-PQ-2025-09", 2, 3, "TGCLRQ"},
	{"TLS13-1-0-PQ-2025-09", 0, 3, "TGCLRQ"},
	{"TLS13-1-3-FIPS-2023-04", 3, 3, "F"},
	{"TLS13-1-2-FIPS-2023-04", 2, 3, "FGC"},
	{"TLS13-1-2-Res-FIPS-2023-04", 2, 3, "FG"},
	{"TLS13-1-2-Ext0-FIPS-2023-04", 2, 3, "FGCL"},
	{"TLS13-1-2-Ext1-FIPS-2023-04", 2, 3, "FGCR"},
	{"TLS13-1-2-Ext2-FIPS-2023-04", 2, 3, "FGCLRQ"},
	{"TLS13-1-1-FIPS-2023-04", 1, 3, "FGCLRQ"},
	{"TLS13-1-0-FIPS-2023-04", 0, 3, "FGCLRQ"},
	{"TLS13-1-3-FIPS-PQ-2025-09", 3, 3, "F"},
	{"TLS13-1-2-FIPS-PQ-2025-09", 2, 3, "FGC"},
	{"TLS13-1-2-Res-FIPS-PQ-2025-09", 2, 3, "FG"},
	{"TLS13-1-2-Ext0-FIPS-PQ-2025-09", 2, 3, "FGCL"},
	{"TLS13-1-2-Ext1-FIPS-PQ-2025-09", 2, 3, "FGCR"},
	{"TLS13-1-2-Ext2-FIPS-PQ-2025-09", 2, 3, "FGCLRQ"},
	{"TLS13-1-1-FIPS-PQ-2025-09", 1, 3, "FGCLRQ"},
	{"TLS13-1-0-FIPS-PQ-2025-09", 0, 3, "FGCLRQ"},
}

const policyPrefix = "ELBSecurityPolicy-"

// describePolicies makes the answers of all security policies.
func describePolicies() []types.SslPolicy {
	versions := []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	out := make([]types.SslPolicy, len(sslPolicies))
	for i, p := range sslPolicies {
		s := types.SslPolicy{Name: aws.String(policyPrefix + p.name), SupportedLoadBalancerTypes: []string{"application", "network"}}
		s.SslProtocols = slices.Clone(versions[p.least : p.most+1])
		slices.Reverse(s.SslProtocols)
		for _, g := range []byte(p.cipherGroups) {
			for _, name := range cipherGroups[g] {
				s.Ciphers = append(s.Ciphers, types.Cipher{Name: aws.String(name), Priority: aws.Int32(int32(len(s.Ciphers) + 1))})
			}
		}
		out[i] = s
	}
	return out
}

func knownPolicy(name string) bool {
	for _, p := range sslPolicies {
		if policyPrefix+p.name == name {
			return true
		}
	}
	return false
}

// DescribeSSLPolicies lists security policies: all, or those of a list of names.
func (a *Actions) DescribeSSLPolicies(_ context.Context, in *elbv2.DescribeSSLPoliciesInput) (*elbv2.DescribeSSLPoliciesOutput, error) {
	for _, n := range in.Names {
		if !knownPolicy(n) {
			return nil, noPolicy(n)
		}
	}
	all := describePolicies()
	all = slices.DeleteFunc(all, func(p types.SslPolicy) bool {
		return len(in.Names) > 0 && !slices.Contains(in.Names, *p.Name) ||
			in.LoadBalancerType != "" && !slices.Contains(p.SupportedLoadBalancerTypes, string(in.LoadBalancerType))
	})
	cut, next, err := pageFixed(all, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	return &elbv2.DescribeSSLPoliciesOutput{SslPolicies: cut, NextMarker: next}, nil
}

func noPolicy(name string) error {
	return &types.SSLPolicyNotFoundException{Message: said("SSL policy '%s' not found", name)}
}
