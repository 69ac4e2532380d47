package world

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testWorld(t testing.TB, f *File) *World {
	t.Helper()
	w, err := New(f, Options{Rand: rand.Reader, Now: func() time.Time { return time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const (
	testVPC     = "vpc-0a1b2c3d4e5f60718"
	publicA     = "subnet-0a00000000000001a"
	privateA    = "subnet-0a00000000000002a"
	nodeA       = "i-0a00000000000001a"
	nodeGroup   = "sg-0a00000000000001a"
	description = "ELB app/web/50dc6c495c0c9188"
)

func TestTheDefaultWorldIsWhatTheTutorialsNeed(t *testing.T) {
	w := testWorld(t, Default())
	if got, want := w.Identity(), (Identity{"ap-northeast-2", "123456789012", "aws"}); got != want {
		t.Errorf("identity %v, want %v", got, want)
	}
	v, ok := w.VPC(testVPC)
	if !ok || v.CIDRs[0] != netip.MustParsePrefix("10.42.0.0/16") {
		t.Errorf("VPC %v", v)
	}
	s, ok := w.Subnet(publicA)
	if !ok || s.Zone != "ap-northeast-2a" || s.Tags["kubernetes.io/role/elb"] != "1" {
		t.Errorf("subnet %v", s)
	}
	i, ok := w.Instance(nodeA)
	if !ok || i.VPC != testVPC || i.PrivateIP != netip.MustParseAddr("10.42.64.10") {
		t.Errorf("instance %v", i)
	}
	eni, ok := w.InterfaceOf(nodeA)
	if !ok || !cmp.Equal(eni.SecurityGroups, []string{nodeGroup}) {
		t.Errorf("interface of the node %v", eni)
	}
	if g, ok := w.SecurityGroup("sg-0a000000000000def"); !ok || !g.IsDefault() || len(g.Egress) != 1 || g.Egress[0].ID == "" {
		t.Errorf("default group %v", g)
	}
	if z, ok := w.Zone("ap-northeast-2c"); !ok || z.ID != "apne2-az3" {
		t.Errorf("zone %v", z)
	}
	if _, ok := w.Zone("ap-northeast-2d"); ok {
		t.Error("a zone that is not there was found")
	}
}

func TestGeneratedCertificatesServeTheirNames(t *testing.T) {
	w := testWorld(t, Default())
	arn := certificateARN(w.Identity(), []string{"*.example.com", "example.com"})
	c, ok := w.Certificate(arn)
	if !ok || c.Domain != "*.example.com" || c.Status != "ISSUED" {
		t.Fatalf("certificate %v", c)
	}
	pair, err := tls.X509KeyPair([]byte(c.Chain), []byte(c.Key))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(w.AuthorityPEM())) {
		t.Fatal("the authority's certificate cannot be read")
	}
	for _, host := range []string{"a.example.com", "example.com"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: w.Now()}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: "example.org", Roots: roots, CurrentTime: w.Now()}); err == nil {
		t.Error("valid for another name")
	}
}

func TestUsersOfACertificateAreKeptAndListedOnce(t *testing.T) {
	w := testWorld(t, Default())
	arn := certificateARN(w.Identity(), []string{"*.example.com", "example.com"})
	w.UseCertificate(arn, "lb-b", true)
	w.UseCertificate(arn, "lb-a", true)
	w.UseCertificate(arn, "lb-a", true)
	if c, _ := w.Certificate(arn); !cmp.Equal(c.InUseBy, []string{"lb-a", "lb-b"}) {
		t.Errorf("in use by %v", c.InUseBy)
	}
	w.UseCertificate(arn, "lb-a", false)
	w.UseCertificate(arn, "lb-b", false)
	before := w.Version()
	w.UseCertificate(arn, "lb-b", false)
	if c, _ := w.Certificate(arn); len(c.InUseBy) != 0 || w.Version() != before {
		t.Errorf("in use by %v, version %d, want %d", c.InUseBy, w.Version(), before)
	}
}

func TestInterfacesGetFreeAddressesFromTheEndOfTheirSubnet(t *testing.T) {
	w := testWorld(t, Default())
	first, err := w.AddInterface(Interface{Subnet: privateA, Description: description, SecurityGroups: []string{nodeGroup}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.AddInterface(Interface{Subnet: privateA, Description: description})
	if err != nil {
		t.Fatal(err)
	}
	if first.Addresses[0].String() != "10.42.79.254" || second.Addresses[0].String() != "10.42.79.253" {
		t.Errorf("addresses %v and %v", first.Addresses, second.Addresses)
	}
	if first.VPC != testVPC || !strings.HasPrefix(first.ID, "eni-") || len(first.ID) != 21 {
		t.Errorf("interface %+v", first)
	}
	free := func() (n int) {
		_ = w.View(func(s *State) error { n = s.FreeAddresses(s.Subnets[privateA]); return nil })
		return n
	}
	if free() != 4096-5-1-2 {
		t.Errorf("%d free addresses", free())
	}
	if n := w.RemoveInterfaces(description); n != 2 || free() != 4096-5-1 {
		t.Errorf("%d removed, %d free", n, free())
	}
	if n := w.RemoveInterfaces(description); n != 0 {
		t.Errorf("%d removed a second time", n)
	}
}

func TestAddressesThatAreTakenOrReservedAreRefused(t *testing.T) {
	for name, i := range map[string]Interface{
		"taken by a node":   {Subnet: privateA, Addresses: []netip.Addr{netip.MustParseAddr("10.42.64.10")}},
		"reserved by AWS":   {Subnet: privateA, Addresses: []netip.Addr{netip.MustParseAddr("10.42.64.3")}},
		"the last one":      {Subnet: privateA, Addresses: []netip.Addr{netip.MustParseAddr("10.42.79.255")}},
		"of another subnet": {Subnet: privateA, Addresses: []netip.Addr{netip.MustParseAddr("10.42.0.9")}},
		"no such subnet":    {Subnet: "subnet-0000000000000dead"},
		"no such group":     {Subnet: privateA, SecurityGroups: []string{"sg-00000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := testWorld(t, Default())
			before, _ := w.Snapshot()
			if got, err := w.AddInterface(i); err == nil {
				t.Fatalf("added %+v", got)
			}
			if after, _ := w.Snapshot(); !bytes.Equal(before, after) {
				t.Error("the refused interface changed the world")
			}
		})
	}
}

func TestPodsShareTheInterfaceOfTheirNode(t *testing.T) {
	w := testWorld(t, Default())
	eni, _ := w.InterfaceOf(nodeA)
	pod := netip.MustParseAddr("10.42.64.32")
	if err := w.AssignAddresses(eni.ID, pod, eni.Addresses[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.AssignAddresses(eni.ID, pod); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if got, _ := w.Interface(eni.ID); !cmp.Equal(got.Addresses, []netip.Addr{eni.Addresses[0], pod}, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })) {
		t.Errorf("addresses %v", got.Addresses)
	}
	if err := w.UnassignAddresses(eni.ID, pod, eni.Addresses[0]); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.Interface(eni.ID); len(got.Addresses) != 1 || got.Addresses[0] != eni.Addresses[0] {
		t.Errorf("addresses %v after taking the pod's away", got.Addresses)
	}
}

func TestAnInterfaceWithAnIPv6AddressGetsAnIPv4OneToo(t *testing.T) {
	f, err := Parse([]byte(`{zones: [{name: a, id: az1}], vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/28], ipv6: ['fd00:1::/56']}],
  subnets: [{id: subnet-00000001, vpc: vpc-00000001, zone: a, cidr: 10.0.0.0/28, ipv6: 'fd00:1::/64'}]}`))
	if err != nil {
		t.Fatal(err)
	}
	w := testWorld(t, f)
	six := netip.MustParseAddr("fd00:1::9")
	i, err := w.AddInterface(Interface{Subnet: "subnet-00000001", Addresses: []netip.Addr{six}})
	if err != nil || len(i.Addresses) != 2 || i.Addresses[0].String() != "10.0.0.14" || i.Addresses[1] != six {
		t.Errorf("%v, %v", i.Addresses, err)
	}
	if _, err := w.AddInterface(Interface{Subnet: "subnet-00000001", Addresses: []netip.Addr{six}}); err == nil {
		t.Error("one address for two interfaces")
	}
}

func TestASubnetThatIsFullGivesNoAddress(t *testing.T) {
	f, err := Parse([]byte(`{zones: [{name: a, id: az1}], vpcs: [{id: vpc-00000001, cidrs: [10.0.0.0/28]}],
  subnets: [{id: subnet-00000001, vpc: vpc-00000001, zone: a, cidr: 10.0.0.0/28}]}`))
	if err != nil {
		t.Fatal(err)
	}
	w := testWorld(t, f)
	for range 11 {
		if _, err := w.AddInterface(Interface{Subnet: "subnet-00000001"}); err != nil {
			t.Fatal(err)
		}
	}
	if i, err := w.AddInterface(Interface{Subnet: "subnet-00000001"}); err == nil {
		t.Errorf("a twelfth: %v", i)
	}
}

func TestASavedStateComesBackTheSame(t *testing.T) {
	w := testWorld(t, Default())
	if _, err := w.AddInterface(Interface{Subnet: publicA, Description: description}); err != nil {
		t.Fatal(err)
	}
	arn := certificateARN(w.Identity(), []string{"*.example.com", "example.com"})
	w.UseCertificate(arn, "lb", true)
	saved, err := w.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	other := testWorld(t, Default())
	version := other.Version()
	if err := other.Restore(saved); err != nil {
		t.Fatal(err)
	}
	again, _ := other.Snapshot()
	if diff := cmp.Diff(string(saved), string(again)); diff != "" {
		t.Error(diff)
	}
	if other.Version() <= version {
		t.Error("restoring is no change")
	}
	if c, _ := other.Certificate(arn); len(c.InUseBy) != 1 {
		t.Errorf("the user of the certificate was forgotten: %v", c.InUseBy)
	}
	if _, err := other.AddInterface(Interface{Subnet: publicA}); err != nil {
		t.Errorf("the restored world cannot be changed: %v", err)
	}
	for _, bad := range []string{"", "{", "{}", "[]"} {
		if err := other.Restore([]byte(bad)); err == nil {
			t.Errorf("%q was restored", bad)
		}
	}
}

func TestASavedStateThatContradictsItselfIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*State){
		"an interface without subnet": func(s *State) { delete(s.Subnets, privateA) },
		"a VPC without network":       func(s *State) { s.VPCs[testVPC].CIDRs = nil },
		"a group that is gone":        func(s *State) { delete(s.SecurityGroups, nodeGroup) },
		"no main route table":         func(s *State) { delete(s.RouteTables, "rtb-0a00000000000002a") },
		"no VPC":                      func(s *State) { delete(s.VPCs, testVPC) },
		"an address twice": func(s *State) {
			s.Interfaces["eni-00000001"] = &Interface{ID: "eni-00000001", VPC: testVPC, Subnet: privateA, Addresses: []netip.Addr{netip.MustParseAddr("10.42.64.10")}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := testWorld(t, Default())
			if err := w.View((*State).Sound); err != nil {
				t.Fatalf("the default world: %v", err)
			}
			_ = w.Change(func(s *State) error { spoil(s); return nil })
			saved, err := w.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			other := testWorld(t, Default())
			before, _ := other.Snapshot()
			if err := other.Restore(saved); err == nil {
				t.Error("restored")
			}
			if after, _ := other.Snapshot(); !bytes.Equal(before, after) {
				t.Error("half of it was restored")
			}
		})
	}
}

func TestWhatFindersGiveIsACopy(t *testing.T) {
	w := testWorld(t, Default())
	before, _ := w.Snapshot()
	s, _ := w.Subnet(publicA)
	s.Tags["Name"] = "mine"
	g, _ := w.SecurityGroup(nodeGroup)
	g.Ingress[0].Description, g.Tags["x"] = "mine", "y"
	i, _ := w.InterfaceOf(nodeA)
	i.Addresses[0] = netip.MustParseAddr("127.0.0.1")
	if after, _ := w.Snapshot(); !bytes.Equal(before, after) {
		t.Error("changing a copy changed the world")
	}
}

func TestTheWorldMayBeUsedByManyAtOnce(t *testing.T) {
	w := testWorld(t, Default())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if _, err := w.AddInterface(Interface{Subnet: publicA}); err != nil {
					t.Error(err)
				}
				_, _ = w.Subnet(publicA)
				if _, err := w.Snapshot(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	seen := map[netip.Addr]bool{}
	for _, i := range w.Interfaces() {
		if seen[i.Addresses[0]] {
			t.Errorf("%s was given twice", i.Addresses[0])
		}
		seen[i.Addresses[0]] = true
	}
	if len(seen) != 162 {
		t.Errorf("%d interfaces", len(seen))
	}
}
