package action_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
)

func TestTrustStoresComeFromFilesAndStayWhileInUse(t *testing.T) {
	authority := []byte{}
	c := newCloud(t, func(o *action.Options) {
		o.ReadFile = func(path string) ([]byte, error) {
			if path != "/etc/ca/all.pem" {
				return nil, errors.New("no such file")
			}
			return authority, nil
		}
	})
	create := func(bucket, key string) error {
		_, err := c.CreateTrustStore(ctx, &elbv2.CreateTrustStoreInput{Name: aws.String("ours"), CaCertificatesBundleS3Bucket: &bucket, CaCertificatesBundleS3Key: &key})
		return err
	}
	refused(t, create("bucket", "all.pem"), "CaCertificatesBundleNotFound", "file://")
	refused(t, create("file:///etc/ca", "none.pem"), "CaCertificatesBundleNotFound", "no such file")
	refused(t, create("file:///etc/ca", "all.pem"), "InvalidCaCertificatesBundle", "0 certificates")
	authority = []byte(c.world.AuthorityPEM())
	must(t, create("file:///etc/ca", "all.pem"))
	refused(t, create("file:///etc/ca", "all.pem"), "DuplicateTrustStoreName", "ours")
	list, err := c.DescribeTrustStores(ctx, &elbv2.DescribeTrustStoresInput{Names: []string{"ours"}})
	x := ok(t, list, err).TrustStores[0]
	if *x.NumberOfCaCertificates != 1 || x.Status != types.TrustStoreStatusActive {
		t.Errorf("the trust store is %+v", x)
	}
	b := c.alb(t, "web")
	listener := func(m *types.MutualAuthenticationAttributes) (*elbv2.CreateListenerOutput, error) {
		return c.CreateListener(ctx, &elbv2.CreateListenerInput{
			LoadBalancerArn: b.LoadBalancerArn, Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps, DefaultActions: fixed("404"),
			Certificates: []types.Certificate{{CertificateArn: &c.example}}, MutualAuthentication: m,
		})
	}
	_, err = listener(&types.MutualAuthenticationAttributes{Mode: aws.String("passthrough"), TrustStoreArn: x.TrustStoreArn})
	refused(t, err, "InvalidConfigurationRequest", "verify")
	out, err := listener(&types.MutualAuthenticationAttributes{Mode: aws.String("verify"), TrustStoreArn: x.TrustStoreArn})
	l := ok(t, out, err).Listeners[0]
	if *l.MutualAuthentication.TrustStoreArn != *x.TrustStoreArn || l.MutualAuthentication.AdvertiseTrustStoreCaNames != "off" {
		t.Errorf("the listener has %+v", l.MutualAuthentication)
	}
	users, err := c.DescribeTrustStoreAssociations(ctx, &elbv2.DescribeTrustStoreAssociationsInput{TrustStoreArn: x.TrustStoreArn})
	if u := ok(t, users, err).TrustStoreAssociations; len(u) != 1 || *u[0].ResourceArn != *b.LoadBalancerArn {
		t.Errorf("it is used by %+v", u)
	}
	remove := func() error {
		_, err := c.DeleteTrustStore(ctx, &elbv2.DeleteTrustStoreInput{TrustStoreArn: x.TrustStoreArn})
		return err
	}
	refused(t, remove(), "TrustStoreInUse", *b.LoadBalancerArn)
	_, err = c.DeleteListener(ctx, &elbv2.DeleteListenerInput{ListenerArn: l.ListenerArn})
	must(t, err)
	must(t, remove())
}

func TestAReservationIsLoweredTwiceADay(t *testing.T) {
	c := newCloud(t)
	b := c.alb(t, "web")
	reserve := func(units int32) error {
		_, err := c.ModifyCapacityReservation(ctx, &elbv2.ModifyCapacityReservationInput{
			LoadBalancerArn: b.LoadBalancerArn, MinimumLoadBalancerCapacity: &types.MinimumLoadBalancerCapacity{CapacityUnits: &units},
		})
		return err
	}
	describe := func() *elbv2.DescribeCapacityReservationOutput {
		out, err := c.DescribeCapacityReservation(ctx, &elbv2.DescribeCapacityReservationInput{LoadBalancerArn: b.LoadBalancerArn})
		return ok(t, out, err)
	}
	if d := describe(); d.MinimumLoadBalancerCapacity != nil || len(d.CapacityReservationState) != 0 {
		t.Errorf("at first: %+v", d)
	}
	for _, n := range []int32{500, 400, 300} {
		must(t, reserve(n))
	}
	refused(t, reserve(200), "CapacityDecreaseRequestLimitExceeded", "2 times")
	if d := describe(); *d.MinimumLoadBalancerCapacity.CapacityUnits != 300 || *d.DecreaseRequestsRemaining != 0 || len(d.CapacityReservationState) != 2 {
		t.Errorf("after two decreases: %+v", d)
	}
	c.now = c.now.Add(24 * time.Hour)
	must(t, reserve(200))
	_, err := c.ModifyCapacityReservation(ctx, &elbv2.ModifyCapacityReservationInput{LoadBalancerArn: b.LoadBalancerArn, ResetCapacityReservation: aws.Bool(true)})
	must(t, err)
	if d := describe(); d.MinimumLoadBalancerCapacity != nil {
		t.Errorf("after the reset: %+v", d)
	}
}

func TestPoolsAndAddressTypes(t *testing.T) {
	c := newCloud(t)
	b := c.alb(t, "web")
	pool := func(in *elbv2.ModifyIpPoolsInput) string {
		in.LoadBalancerArn = b.LoadBalancerArn
		out, err := c.ModifyIPPools(ctx, in)
		if p := ok(t, out, err).IpamPools; p != nil {
			return *p.Ipv4IpamPoolId
		}
		return ""
	}
	if got := pool(&elbv2.ModifyIpPoolsInput{IpamPools: &types.IpamPools{Ipv4IpamPoolId: aws.String("ipam-pool-1")}}); got != "ipam-pool-1" {
		t.Errorf("the pool is %s", got)
	}
	if got := pool(&elbv2.ModifyIpPoolsInput{RemoveIpamPools: []types.RemoveIpamPoolEnum{types.RemoveIpamPoolEnumIpv4}}); got != "" {
		t.Errorf("after removal the pool is %s", got)
	}
	set := func(k types.IpAddressType) error {
		_, err := c.SetIPAddressType(ctx, &elbv2.SetIpAddressTypeInput{LoadBalancerArn: b.LoadBalancerArn, IpAddressType: k})
		return err
	}
	must(t, set(types.IpAddressTypeIpv4))
	refused(t, set("ipv5"), "ValidationError", "ipv5")
	refused(t, set(types.IpAddressTypeDualstack), "InvalidSubnet", "IPv6")
}

func TestSecurityPoliciesAreDescribedWithTheirCiphers(t *testing.T) {
	c := newCloud(t)
	for name, want := range map[string]struct{ ciphers, versions int }{
		"ELBSecurityPolicy-2016-08": {18, 3}, "ELBSecurityPolicy-TLS13-1-2-2021-06": {11, 2}, "ELBSecurityPolicy-TLS13-1-3-2021-06": {3, 1},
		"ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": {15, 2}, "ELBSecurityPolicy-TLS13-1-0-2021-06": {21, 4}, "ELBSecurityPolicy-TLS-1-2-2017-01": {12, 1},
		"ELBSecurityPolicy-FS-1-2-Res-2020-10": {4, 1}, "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09": {7, 2},
	} {
		out, err := c.DescribeSSLPolicies(ctx, &elbv2.DescribeSSLPoliciesInput{Names: []string{name}})
		if p := ok(t, out, err).SslPolicies; len(p) != 1 || len(p[0].Ciphers) != want.ciphers || len(p[0].SslProtocols) != want.versions {
			t.Errorf("%s: %+v", name, p)
		}
	}
	_, err := c.DescribeSSLPolicies(ctx, &elbv2.DescribeSSLPoliciesInput{Names: []string{"none"}})
	refused(t, err, "SSLPolicyNotFound", "none")
	names, marker := map[string]bool{}, (*string)(nil)
	for {
		out, err := c.DescribeSSLPolicies(ctx, &elbv2.DescribeSSLPoliciesInput{PageSize: aws.Int32(7), Marker: marker})
		for _, p := range ok(t, out, err).SslPolicies {
			if names[*p.Name] {
				t.Errorf("%s is on two pages", *p.Name)
			}
			names[*p.Name] = true
		}
		if marker = out.NextMarker; marker == nil {
			break
		}
	}
	if len(names) != 40 {
		t.Errorf("%d policies", len(names))
	}
}
