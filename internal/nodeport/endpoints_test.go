package nodeport

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	discoveryv1 "k8s.io/api/discovery/v1"
)

func TestReadyEndpointsOfANamedPortAreListedInOrder(t *testing.T) {
	yes, no := true, false
	http, other, port := "http", "other", int32(8080)
	slice := &discoveryv1.EndpointSlice{
		Ports: []discoveryv1.EndpointPort{{Name: &http, Port: &port}, {Name: &other, Port: &port}, {Name: &http}},
		Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"127.0.0.9"}, Conditions: discoveryv1.EndpointConditions{Ready: &yes}},
			{Addresses: []string{"127.0.0.3", "127.0.0.4"}},
			{Addresses: []string{"127.0.0.5"}, Conditions: discoveryv1.EndpointConditions{Ready: &no}},
			{Addresses: []string{"no address"}},
			{},
		},
	}
	got := Endpoints([]*discoveryv1.EndpointSlice{slice}, "http", nil)
	want := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.3:8080"), netip.MustParseAddrPort("127.0.0.9:8080")}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); d != "" {
		t.Error(d)
	}
	none := func(*discoveryv1.Endpoint) bool { return false }
	if got := Endpoints([]*discoveryv1.EndpointSlice{slice}, "http", none); len(got) != 0 {
		t.Errorf("none was to be kept, got %v", got)
	}
}
