package world

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMistakesInAWorldFileAreNamedWithTheirPlace(t *testing.T) {
	const zones = "zones: [{name: a, id: az1}]\n"
	const vpc = zones + "vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/16]}]\n"
	const subnet = vpc + "subnets: [{id: subnet-00000001, vpc: vpc-00000001, zone: a, cidr: 10.0.1.0/24}]\n"
	for name, c := range map[string]struct{ file, want string }{
		"an unknown key":             {"vpcz: []", `unknown field "vpcz"`},
		"an unknown key deep inside": {"vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/16]}, {id: vpc-00000002, cidr: 10.0.0.0/16}]", `unknown field "vpcs[1].cidr"`},
		"a key twice":                {"region: a\nregion: b", "already set"},
		"not a mapping":              {"[a, b]", "not a mapping"},
		"empty":                      {"", "not a mapping"},
		"two documents":              {"region: ap-northeast-2\n---\nregion: x", "more than one document"},
		"a network that is none":     {"vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0]}]", `vpcs[0].cidrs[0]: netip.ParsePrefix("10.0.0.0")`},
		"a rule's network":           {vpc + "securityGroups: [{id: sg-00000001, name: x, vpc: vpc-00000001, ingress: [{protocol: tcp, cidr: here}]}]", `securityGroups[0].ingress[0].cidr: netip.ParsePrefix("here")`},
		"a number for a text":        {"account: 123456789012", "account: a text is wanted"},
		"a text for a list":          {"zones: a", "zones: a list is wanted"},
		"a number as tag":            {"vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/16], tags: {a: 1}}]", "vpcs[0].tags: a mapping of texts is wanted"},
		"an account of letters":      {"account: me", "account:"},
		"an id of another kind":      {"vpcs: [{id: subnet-00000001, cidrs: [10.0.0.0/16]}]", "vpcs[0].id:"},
		"an id twice":                {vpc[:len(vpc)-2] + ", {id: vpc-00000001, cidrs: [10.1.0.0/16]}]", "vpcs[1].id:"},
		"host bits":                  {"vpcs: [{id: vpc-00000001, cidrs: [10.0.0.1/16]}]", "vpcs[0].cidrs[0]:"},
		"a VPC that is too large":    {"vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/8]}]", "vpcs[0].cidrs[0]:"},
		"no such zone":               {strings.ReplaceAll(subnet, "zone: a", "zone: b"), `subnets[0].zone: no zone "b"`},
		"outside of the VPC":         {strings.ReplaceAll(subnet, "10.0.1.0/24", "10.1.1.0/24"), "subnets[0].cidr:"},
		"subnets that overlap":       {subnet[:len(subnet)-2] + ", {id: subnet-00000002, vpc: vpc-00000001, zone: a, cidr: 10.0.0.0/20}]", "subnets[1].cidr: overlaps subnets[0]"},
		"a route to nowhere":         {vpc + "routeTables: [{id: rtb-00000001, vpc: vpc-00000001, routes: [{destination: 0.0.0.0/0, via: igw-00000001}]}]", "routeTables[0].routes[0].via:"},
		"a group that is not there":  {vpc + "securityGroups: [{id: sg-00000001, name: x, vpc: vpc-00000001, ingress: [{protocol: tcp, group: sg-00000002}]}]", "securityGroups[0].ingress[0].group:"},
		"two sources":                {vpc + "securityGroups: [{id: sg-00000001, name: x, vpc: vpc-00000001, egress: [{protocol: tcp, group: sg-00000001, cidr: 0.0.0.0/0}]}]", "securityGroups[0].egress[0]: exactly one"},
		"a reserved address":         {subnet + "instances: [{id: i-00000001, subnet: subnet-00000001, privateIP: 10.0.1.2}]", "instances[0].privateIP:"},
		"an address twice":           {subnet + "instances: [{id: i-00000001, subnet: subnet-00000001, privateIP: 10.0.1.9}, {id: i-00000002, subnet: subnet-00000001, privateIP: 10.0.1.9}]", "instances[1].privateIP:"},
		"no certificate in it":       {"certificates: [{names: [a.example]}]", "certificates[0]: generate"},
		"a broken pair":              {"certificates: [{names: [a.example], chain: x, key: z}]", "certificates[0]: chain and key"},
		"a pool without a name":      {"userPools: [{clients: [{id: a}]}]", "userPools[0]: arn or id"},
		"no ARN of a pool":           {"userPools: [{arn: 'arn:aws:iam::1:user/x'}]", "userPools[0].arn:"},
		"a part of the endpoints":    {"userPools: [{id: x, issuer: 'https://id.example'}]", "userPools[0]: issuer, authorizationEndpoint"},
		"a client twice":             {"userPools: [{id: x, clients: [{id: a}, {id: a}]}]", "userPools[0].clients[1].id:"},
		"a pool twice":               {"userPools: [{id: x}, {id: x}]", "userPools[1]: the pool stands here twice"},
		"a name that is none":        {"certificates: [{names: ['a b'], generate: true}]", "certificates[0].names[0]:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := Parse([]byte("region: x\naccount: me\npartition: z"))
	if err == nil || strings.Count(err.Error(), "world file: ") != 3 {
		t.Errorf("got %v", err)
	}
}

func TestAVPCOfAFileGetsItsDefaultsWithLastingIDs(t *testing.T) {
	f, err := Parse([]byte("vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/16], ipv6: ['fd00:1::/56']}]"))
	if err != nil {
		t.Fatal(err)
	}
	one, _ := testWorld(t, f).Snapshot()
	two, _ := testWorld(t, f).Snapshot()
	if diff := cmp.Diff(string(one), string(two)); diff != "" {
		t.Errorf("two starts differ: %s", diff)
	}
	_ = testWorld(t, f).View(func(s *State) error {
		g, ok := s.GroupByName("vpc-00000001", DefaultGroup)
		if !ok || len(g.Ingress) != 1 || len(g.Egress) != 2 || g.Egress[0].ID == g.Egress[1].ID {
			t.Errorf("default group %+v", g)
		}
		if _, ok := s.MainRouteTable("vpc-00000001"); !ok {
			t.Error("no main route table")
		}
		if _, ok := s.ACLOf("vpc-00000001"); !ok {
			t.Error("no network ACL")
		}
		return nil
	})
}

// comparers let go-cmp look at what it cannot see into.
var comparers = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func FuzzWorldFile(f *testing.F) {
	f.Add(defaultFile)
	f.Add([]byte("{}"))
	f.Add([]byte("vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/16], ipv6: ['fd00:1::/56']}]\nshield: {subscribed: true}"))
	f.Add([]byte("a: &a [x]\nb: [*a, *a]"))
	f.Add([]byte("certificates: [{names: [10.0.0.1, a.example], type: PRIVATE, status: PENDING_VALIDATION}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := Parse(text)
		if err != nil {
			return
		}
		written, err := first.Marshal()
		if err != nil {
			t.Fatalf("an accepted file cannot be written: %v", err)
		}
		second, err := Parse(written)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, written)
		}
		if diff := cmp.Diff(first, second, comparers); diff != "" {
			t.Fatalf("the file changed by writing and reading it:\n%s", diff)
		}
		for i := range first.Certificates {
			first.Certificates[i].Generate, second.Certificates[i].Generate = false, false // new keys differ
		}
		if err := testWorld(t, first).View((*State).Sound); err != nil {
			t.Fatalf("an accepted file makes a world that contradicts itself: %v", err)
		}
		one, _ := testWorld(t, first).Snapshot()
		two, _ := testWorld(t, second).Snapshot()
		if string(one) != string(two) {
			t.Fatalf("two worlds from one file:\n%s\n%s", one, two)
		}
	})
}
