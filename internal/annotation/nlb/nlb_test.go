package nlb

import (
	"slices"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

func TestTheRegistryHasEveryKeyOfTheOriginal(t *testing.T) {
	services, pods := 0, 0
	seen := map[string]bool{}
	for _, k := range Registry().All() {
		e := k.Declaration()
		if seen[e.Suffix] {
			t.Errorf("%s is declared twice", e.Suffix)
		}
		seen[e.Suffix] = true
		if slices.Contains(e.Kinds, annotation.Pod) {
			pods++
		} else {
			services++
		}
	}
	if services != 49 || pods != 1 {
		t.Errorf("want 49 keys and families of Services and 1 of Pods, got %d and %d", services, pods)
	}
}

func TestEveryEntryIsComplete(t *testing.T) {
	for _, k := range Registry().All() {
		e := k.Declaration()
		if len(e.Kinds) == 0 || e.Scope == "" || e.Merge == "" || e.Doc == "" || e.Since == "" || e.Group == "" || k.Expected() == "" {
			t.Errorf("%s lacks a member", e.Suffix)
		}
		if err := k.Check(e.Example); err != nil {
			t.Errorf("%s: the example does not parse: %v", e.Suffix, err)
		}
		if strings.ContainsAny(e.Example, "{=/") && strings.Contains(k.Expected(), e.Example) {
			t.Errorf("%s: messages show %q twice, as what is expected and as the example", e.Suffix, e.Example)
		}
		if e.Default != "" {
			if err := k.Check(e.Default); err != nil {
				t.Errorf("%s: the default does not parse: %v", e.Suffix, err)
			}
		}
		for _, s := range []annotation.Support{e.External, e.Internal} {
			if (s.Level == annotation.Full) == (s.Why != "") {
				t.Errorf("%s: support needs a reason exactly when it is not full", e.Suffix)
			}
		}
	}
}

func TestRefusedValues(t *testing.T) {
	for _, c := range []struct {
		key  annotation.Declared
		raw  string
		want string
	}{
		{Name, strings.Repeat("a", 33), "32"},
		{Scheme, "public", "not one"},
		{Internal, "0.0.0.0/0", "not a boolean"},
		{IPAddressType, "ipv6", "not one"},
		{Attributes, "a", "lacks an ="},
		{MinimumCapacity, "Units=1", "not known"},
		{MinimumCapacity, "CapacityUnits=many", "not a whole number"},
		{PrivateIPv4Addresses, "10.0.0.1,fd00::1", "no IPv4"},
		{PrivateIPv4Addresses, "10.0.0.1/32", "no IPv4"},
		{IPv6Addresses, "10.0.0.1", "no IPv6"},
		{IPv6Addresses, "::ffff:10.0.0.1", "no IPv6"},
		{EnableSourceNAT, "true", "not one"},
		{SourceNATPrefixes, "2600::/64", "80 bits"},
		{SourceNATPrefixes, "10.0.0.0/8", "80 bits"},
		{SourceRanges, "10.0.0.0", "not an address range"},
		{PrivateLinkRules, "yes", "not one"},
		{ALPNPolicy, "h2", "not one"},
		{BackendProtocol, "SSL", "not one"},
		{ProxyProtocol, "true", "not one"},
		{ProxyProtocolPorts, "http", "no port number"},
		{ProxyProtocolPorts, "70000", "no port number"},
		{HealthCheckProtocol, "udp", "not one"},
		{HealthCheckPort, "0", "outside"},
		{HealthCheckInterval, "4", "outside"},
		{SuccessCodes, "100", "outside"},
		{MultiCluster, "maybe", "not a boolean"},
		{Actions, `{"type":"redirect"}`, "not forward"},
		{Actions, `{"type":"forward"}`, "forwardConfig is missing"},
		{Actions, `{"type":"forward","forwardConfig":{"baseServiceWeight":1000}}`, "baseServiceWeight"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"weight":1}]}}`, "neither"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","targetGroupARN":"b"}]}}`, "both"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a"}]}}`, "servicePort"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"a","weight":1000}]}}`, "outside"},
		{Actions, `{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"a","weight":1},{"targetGroupARN":"b"}]}}`, "weight"},
		{Actions, `{`, "JSON"},
	} {
		err := c.key.Check(c.raw)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: want an error with %q, got %v", c.key.Declaration().Suffix, c.raw, c.want, err)
		}
	}
}

func TestProtocolsOfHealthChecksMayBeWrittenInAnyCase(t *testing.T) {
	for _, raw := range []string{"http", "HTTP", "Http"} {
		if got, err := HealthCheckProtocol.Type.Parse(raw); err != nil || got != "HTTP" {
			t.Errorf("%s: got %s, %v", raw, got, err)
		}
	}
}

func TestKeysOfOtherCloudsAreNotOurs(t *testing.T) {
	got := Ours(map[string]string{
		Prefix + "aws-load-balancer-nmae": "", Prefix + "actions.TCP-80": "", Prefix + "load-balancer-source-ranges": "",
		Prefix + "azure-load-balancer-internal": "", "alb.ingress.kubernetes.io/scheme": "",
	})
	if len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

func FuzzAnnotations(f *testing.F) {
	keys := Registry().All()
	for i, k := range keys {
		f.Add(uint(i), k.Declaration().Example)
		f.Add(uint(i), k.Declaration().Default)
	}
	f.Add(uint(0), "\xff,=\\")
	f.Fuzz(func(t *testing.T, n uint, raw string) {
		k := keys[n%uint(len(keys))]
		once, err := k.Canonical(raw)
		if err != nil {
			return
		}
		twice, err := k.Canonical(once)
		if err != nil {
			t.Fatalf("%s: %q was accepted, but its canonical form %q is not: %v", k.Declaration().Suffix, raw, once, err)
		}
		if once != twice {
			t.Fatalf("%s: %q -> %q -> %q", k.Declaration().Suffix, raw, once, twice)
		}
	})
}
