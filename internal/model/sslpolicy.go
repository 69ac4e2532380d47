package model

import (
	"slices"
	"strings"
)

// SSLPolicyPrefix begins the names of all security policies of ELB.
const SSLPolicyPrefix = "ELBSecurityPolicy-"

// DefaultSSLPolicy is what an HTTPS or TLS listener has that names no policy, as the API of ELBv2 does it.
const DefaultSSLPolicy = SSLPolicyPrefix + "2016-08"

// SSLPolicy is a security policy of ELB: what a TLS listener speaks.
type SSLPolicy struct {
	// Name is the whole name, with its prefix.
	Name string
	// Least and Most are the TLS versions of TLS 1.x: 0 to 3.
	Least, Most int
	// Hybrid says that key exchanges which withstand quantum computers are offered (X25519MLKEM768 and its siblings).
	Hybrid bool
	// FIPS says that only what FIPS 140 approves is offered: no ChaCha20 and no X25519 by itself.
	FIPS bool

	groups string
}

// cipherGroups are the groups of cipher suites that policies are made of, in OpenSSL's spelling and in ELB's order.
func cipherGroups(group byte) []string {
	switch group {
	case 'T':
		return []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
	case 'F':
		return []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"}
	case 'G':
		return []string{
			"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
			"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
		}
	case 'C':
		return []string{
			"ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384",
		}
	case 'L':
		return []string{"ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"}
	case 'R':
		return []string{"AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"}
	case 'Q':
		return []string{"AES128-SHA", "AES256-SHA"}
	}
	return nil
}

// sslPolicies are all security policies: name without the prefix, lowest and highest version, groups of ciphers. AWS does
// not publish the ciphers of the FIPS family in a form that could be checked here: they are given as those of their
// siblings, without ChaCha20.
var sslPolicies = []SSLPolicy{
	{Name: "2016-08", Least: 0, Most: 2, groups: "GCLRQ"},
	{Name: "TLS13-1-2-2021-06", Least: 2, Most: 3, groups: "TGC"},
	{Name: "TLS13-1-2-Res-2021-06", Least: 2, Most: 3, groups: "TG"},
	{Name: "TLS13-1-2-Ext1-2021-06", Least: 2, Most: 3, groups: "TGCR"},
	{Name: "TLS13-1-2-Ext2-2021-06", Least: 2, Most: 3, groups: "TGCLRQ"},
	{Name: "TLS13-1-1-2021-06", Least: 1, Most: 3, groups: "TGCLRQ"},
	{Name: "TLS13-1-0-2021-06", Least: 0, Most: 3, groups: "TGCLRQ"},
	{Name: "TLS13-1-3-2021-06", Least: 3, Most: 3, groups: "T"},
	{Name: "TLS-1-2-2017-01", Least: 2, Most: 2, groups: "GCR"},
	{Name: "TLS-1-1-2017-01", Least: 1, Most: 2, groups: "GCLRQ"},
	{Name: "TLS-1-2-Ext-2018-06", Least: 2, Most: 2, groups: "GCLRQ"},
	{Name: "FS-2018-06", Least: 0, Most: 2, groups: "GCL"},
	{Name: "FS-1-1-2019-08", Least: 1, Most: 2, groups: "GCL"},
	{Name: "FS-1-2-2019-08", Least: 2, Most: 2, groups: "GCL"},
	{Name: "FS-1-2-Res-2019-08", Least: 2, Most: 2, groups: "GC"},
	{Name: "FS-1-2-Res-2020-10", Least: 2, Most: 2, groups: "G"},
	{Name: "2015-05", Least: 0, Most: 2, groups: "GCLRQ"},
	{Name: "TLS-1-0-2015-04", Least: 0, Most: 2, groups: "GCLRQ"},
	{Name: "TLS13-1-3-PQ-2025-09", Least: 3, Most: 3, groups: "T"},
	{Name: "TLS13-1-2-PQ-2025-09", Least: 2, Most: 3, groups: "TGC"},
	{Name: "TLS13-1-2-Res-PQ-2025-09", Least: 2, Most: 3, groups: "TG"},
	{Name: "TLS13-1-2-Ext1-PQ-2025-09", Least: 2, Most: 3, groups: "TGCR"},
	{Name: "TLS13-1-2-Ext2-PQ-2025-09", Least: 2, Most: 3, groups: "TGCLRQ"},
	{Name: "TLS13-1-0-PQ-2025-09", Least: 0, Most: 3, groups: "TGCLRQ"},
	{Name: "TLS13-1-3-FIPS-2023-04", Least: 3, Most: 3, groups: "F"},
	{Name: "TLS13-1-2-FIPS-2023-04", Least: 2, Most: 3, groups: "FGC"},
	{Name: "TLS13-1-2-Res-FIPS-2023-04", Least: 2, Most: 3, groups: "FG"},
	{Name: "TLS13-1-2-Ext0-FIPS-2023-04", Least: 2, Most: 3, groups: "FGCL"},
	{Name: "TLS13-1-2-Ext1-FIPS-2023-04", Least: 2, Most: 3, groups: "FGCR"},
	{Name: "TLS13-1-2-Ext2-FIPS-2023-04", Least: 2, Most: 3, groups: "FGCLRQ"},
	{Name: "TLS13-1-1-FIPS-2023-04", Least: 1, Most: 3, groups: "FGCLRQ"},
	{Name: "TLS13-1-0-FIPS-2023-04", Least: 0, Most: 3, groups: "FGCLRQ"},
	{Name: "TLS13-1-3-FIPS-PQ-2025-09", Least: 3, Most: 3, groups: "F"},
	{Name: "TLS13-1-2-FIPS-PQ-2025-09", Least: 2, Most: 3, groups: "FGC"},
	{Name: "TLS13-1-2-Res-FIPS-PQ-2025-09", Least: 2, Most: 3, groups: "FG"},
	{Name: "TLS13-1-2-Ext0-FIPS-PQ-2025-09", Least: 2, Most: 3, groups: "FGCL"},
	{Name: "TLS13-1-2-Ext1-FIPS-PQ-2025-09", Least: 2, Most: 3, groups: "FGCR"},
	{Name: "TLS13-1-2-Ext2-FIPS-PQ-2025-09", Least: 2, Most: 3, groups: "FGCLRQ"},
	{Name: "TLS13-1-1-FIPS-PQ-2025-09", Least: 1, Most: 3, groups: "FGCLRQ"},
	{Name: "TLS13-1-0-FIPS-PQ-2025-09", Least: 0, Most: 3, groups: "FGCLRQ"},
}

// SSLPolicies lists all security policies in the order of ELB's API.
func SSLPolicies() []SSLPolicy {
	out := slices.Clone(sslPolicies)
	for i := range out {
		p := &out[i]
		p.Hybrid, p.FIPS = strings.Contains(p.Name, "-PQ-"), strings.Contains(p.Name, "-FIPS-")
		p.Name = SSLPolicyPrefix + p.Name
	}
	return out
}

// FindSSLPolicy finds a security policy by its whole name. It is false when there is none.
func FindSSLPolicy(name string) (SSLPolicy, bool) {
	for _, p := range SSLPolicies() {
		if p.Name == name {
			return p, true
		}
	}
	return SSLPolicy{}, false
}

// Ciphers lists the policy's cipher suites, best first, in OpenSSL's spelling.
func (p SSLPolicy) Ciphers() []string {
	var out []string
	for i := range len(p.groups) {
		out = append(out, cipherGroups(p.groups[i])...)
	}
	return out
}

// Versions lists the policy's TLS versions, newest first: TLSv1.3, TLSv1.2, TLSv1.1, TLSv1.
func (p SSLPolicy) Versions() []string {
	names := [...]string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	var out []string
	for v := p.Most; v >= p.Least; v-- {
		out = append(out, names[v])
	}
	return out
}

// PolicyTowardsTargets is the security policy that a load balancer speaks to targets with whose TLS listeners have these
// ones ("" is the default): it cannot be chosen. As ELB documents it: with TLS 1.3 in any of them it is
// ELBSecurityPolicy-TLS13-1-0-2021-06, otherwise ELBSecurityPolicy-2016-08, without listeners of TLS too. For listeners of
// the families FIPS and PQ the policy TLS13-1-0 of the same family is taken, FIPS before PQ.
func PolicyTowardsTargets(listeners []string) string {
	var fips, hybrid, newest bool
	for _, name := range listeners {
		p, _ := FindSSLPolicy(name) // an unknown one is taken for the default, which is none of the three
		fips, hybrid, newest = fips || p.FIPS, hybrid || p.Hybrid, newest || p.Most == 3
	}
	switch {
	case fips && hybrid:
		return SSLPolicyPrefix + "TLS13-1-0-FIPS-PQ-2025-09"
	case fips:
		return SSLPolicyPrefix + "TLS13-1-0-FIPS-2023-04"
	case hybrid:
		return SSLPolicyPrefix + "TLS13-1-0-PQ-2025-09"
	case newest:
		return SSLPolicyPrefix + "TLS13-1-0-2021-06"
	}
	return DefaultSSLPolicy
}
