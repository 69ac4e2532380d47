package elb

import "testing"

func TestShortenKeepsLettersAndDigitsOnly(t *testing.T) {
	for in, want := range map[string]string{"alb-test-01": "albtest0", "a.b_c": "abc", "한글x": "x", "": ""} {
		if got := Shorten(8, in); got != want {
			t.Errorf("%q: want %q, got %q", in, want, got)
		}
	}
}

// Computed with sha256sum over "my_cluster".
func TestTheBackendSecurityGroupIsNamedAfterTheCluster(t *testing.T) {
	if got, want := BackendGroupName("my_cluster"), "k8s-traffic-mycluster-dd92547a5c"; got != want {
		t.Errorf("want %s, got %s", want, got)
	}
}
