package model

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryPolicyHasTheCountOfCiphersThatAWSDocuments(t *testing.T) {
	counts := map[string]int{
		"TLS13-1-3-2021-06": 3, "TLS13-1-2-Res-2021-06": 7, "TLS13-1-2-2021-06": 11, "TLS13-1-2-Ext1-2021-06": 15,
		"TLS13-1-2-Ext2-2021-06": 21, "TLS13-1-1-2021-06": 21, "TLS13-1-0-2021-06": 21, "TLS-1-2-Ext-2018-06": 18,
		"TLS-1-2-2017-01": 12, "TLS-1-1-2017-01": 18, "2016-08": 18, "FS-1-2-Res-2020-10": 4, "FS-1-2-Res-2019-08": 8,
		"FS-1-2-2019-08": 12, "FS-1-1-2019-08": 12, "FS-2018-06": 12,
	}
	for name, want := range counts {
		p, ok := FindSSLPolicy(SSLPolicyPrefix + name)
		if !ok || len(p.Ciphers()) != want {
			t.Errorf("%s has %d ciphers, want %d", name, len(p.Ciphers()), want)
		}
	}
}

func TestPoliciesHaveNamesOfTheirOwnAndVersionsThatGoWithThem(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range SSLPolicies() {
		if seen[p.Name] {
			t.Errorf("%s stands there twice", p.Name)
		}
		seen[p.Name] = true
		if v := p.Versions(); (v[0] == "TLSv1.3") != strings.Contains(p.Name, "TLS13-") {
			t.Errorf("%s speaks %v", p.Name, v)
		}
		if p.FIPS && slices.Contains(p.Ciphers(), "TLS_CHACHA20_POLY1305_SHA256") {
			t.Errorf("%s has ChaCha20", p.Name)
		}
		towards, ok := FindSSLPolicy(PolicyTowardsTargets([]string{p.Name}))
		if !ok || towards.Least != 0 || (towards.Most == 3) != (p.Most == 3) || towards.FIPS != p.FIPS || towards.Hybrid != p.Hybrid {
			t.Errorf("%s goes with %s towards targets", p.Name, towards.Name)
		}
	}
	if _, ok := FindSSLPolicy("2016-08"); ok {
		t.Error("a name without the prefix was found")
	}
}

func TestOneListenerWithTLS13IsEnoughForTLS13TowardsTargets(t *testing.T) {
	for _, c := range []struct {
		listeners []string
		want      string
	}{
		{nil, "2016-08"},
		{[]string{""}, "2016-08"},
		{[]string{SSLPolicyPrefix + "2016-08", SSLPolicyPrefix + "FS-1-2-Res-2020-10"}, "2016-08"},
		{[]string{"unknown"}, "2016-08"},
		{[]string{SSLPolicyPrefix + "2016-08", SSLPolicyPrefix + "TLS13-1-3-2021-06"}, "TLS13-1-0-2021-06"},
		{[]string{SSLPolicyPrefix + "TLS13-1-2-Res-PQ-2025-09", ""}, "TLS13-1-0-PQ-2025-09"},
		{[]string{SSLPolicyPrefix + "TLS13-1-2-FIPS-2023-04", SSLPolicyPrefix + "TLS13-1-2-2021-06"}, "TLS13-1-0-FIPS-2023-04"},
		{[]string{SSLPolicyPrefix + "TLS13-1-2-FIPS-2023-04", SSLPolicyPrefix + "TLS13-1-2-PQ-2025-09"}, "TLS13-1-0-FIPS-PQ-2025-09"},
	} {
		if got := PolicyTowardsTargets(c.listeners); got != SSLPolicyPrefix+c.want {
			t.Errorf("listeners with %q: %s, want %s", c.listeners, got, c.want)
		}
	}
}
