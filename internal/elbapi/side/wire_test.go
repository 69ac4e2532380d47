package side

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	shieldtypes "github.com/aws/aws-sdk-go-v2/service/shield/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/front"
)

// serve answers the calls over HTTP, and gives what clients of the SDK need to reach them.
func serve(t *testing.T, b *bench) aws.Config {
	t.Helper()
	faults, err := fault.NewSet(func() float64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	h, err := front.New(front.Options{
		Operations: Operations(b.Side), Region: "ap-northeast-2", Now: time.Now, Logger: slog.New(slog.DiscardHandler), Faults: faults,
		RequestID: func() string { n++; return fmt.Sprintf("request-%d", n) },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return aws.Config{
		Region: "ap-northeast-2", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1, HTTPClient: &http.Client{Timeout: 60 * time.Second},
	}
}

func TestTheSDKsClientOfEC2ReadsChangesAndIsRefused(t *testing.T) {
	client := ec2.NewFromConfig(serve(t, newBench(t)))
	subnets, err := client.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: []types.Filter{filter("tag:kubernetes.io/role/elb", "1")}})
	if err != nil || len(subnets.Subnets) != 3 || *subnets.Subnets[0].AvailableIpAddressCount != 4091 {
		t.Fatalf("subnets %+v, %v", subnets, err)
	}
	group, err := client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("k8s-web"), Description: aws.String("managed"), VpcId: aws.String(testVPC), TagSpecifications: tagged(types.ResourceTypeSecurityGroup, "web"),
	})
	if err != nil {
		t.Fatal(err)
	}
	rule := permission("tcp", 80, 80, "0.0.0.0/0")
	rule.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String("::/0"), Description: aws.String("everybody")}}
	in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: group.GroupId, IpPermissions: []types.IpPermission{rule, fromGroup(*group.GroupId)}}
	made, err := client.AuthorizeSecurityGroupIngress(t.Context(), in)
	if err != nil || !*made.Return || len(made.SecurityGroupRules) != 3 {
		t.Fatalf("rules %+v, %v", made, err)
	}
	if _, err := client.AuthorizeSecurityGroupIngress(t.Context(), in); codeOf(err) != "InvalidPermission.Duplicate" {
		t.Errorf("a second time: %v", err)
	}
	groups, err := client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("tag:Name", "web")}})
	if err != nil || len(groups.SecurityGroups) != 1 {
		t.Fatalf("groups %+v, %v", groups, err)
	}
	g := groups.SecurityGroups[0]
	if len(g.IpPermissions) != 1 || *g.IpPermissions[0].Ipv6Ranges[0].Description != "everybody" || *g.IpPermissions[0].UserIdGroupPairs[0].GroupId != *group.GroupId ||
		*g.IpPermissions[0].FromPort != 80 || *g.IpPermissionsEgress[0].IpProtocol != "-1" || *g.Description != "managed" {
		t.Errorf("group %+v", g)
	}
	if _, err := client.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{*group.GroupId}, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}); err != nil {
		t.Error(err)
	}
	if _, err := client.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: group.GroupId}); err != nil {
		t.Error(err)
	}
	if _, err := client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{*group.GroupId}}); codeOf(err) != "InvalidGroup.NotFound" {
		t.Errorf("after deleting it: %v", err)
	}
	nodes, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{nodeA}})
	if err != nil || *nodes.Reservations[0].Instances[0].NetworkInterfaces[0].PrivateIpAddress != "10.42.64.10" {
		t.Errorf("nodes %+v, %v", nodes, err)
	}
	interfaces, err := client.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("attachment.instance-id", nodeA)}})
	if err != nil || len(interfaces.NetworkInterfaces) != 1 || *interfaces.NetworkInterfaces[0].Groups[0].GroupName != "gwanmun-local-nodes" {
		t.Errorf("interfaces %+v, %v", interfaces, err)
	}
	var read int
	for pages := ec2.NewDescribeSubnetsPaginator(client, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(5)}); pages.HasMorePages(); {
		p, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		read += len(p.Subnets)
	}
	if read != 6 {
		t.Errorf("%d subnets on all pages", read)
	}
}

func TestTheSDKsClientOfACMImportsWaitsAndDeletes(t *testing.T) {
	b := newBench(t)
	client := acm.NewFromConfig(serve(t, b))
	cert, key := pair(t, b.now, "a.example")
	made, err := client.ImportCertificate(t.Context(), &acm.ImportCertificateInput{Certificate: cert, PrivateKey: key})
	if err != nil {
		t.Fatal(err)
	}
	d, err := client.DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: made.CertificateArn})
	if err != nil || !d.Certificate.ImportedAt.Equal(b.now) || d.Certificate.KeyAlgorithm != acmtypes.KeyAlgorithmEcPrime256v1 {
		t.Errorf("certificate %+v, %v", d, err)
	}
	requested, err := client.RequestCertificate(t.Context(), &acm.RequestCertificateInput{
		DomainName: aws.String("b.example"), ValidationMethod: acmtypes.ValidationMethodDns, KeyAlgorithm: acmtypes.KeyAlgorithmEcPrime256v1,
	})
	if err != nil {
		t.Fatal(err)
	}
	waiter := acm.NewCertificateValidatedWaiter(client)
	if err := waiter.Wait(t.Context(), &acm.DescribeCertificateInput{CertificateArn: requested.CertificateArn}, time.Minute); err != nil {
		t.Errorf("waiting for the requested certificate: %v", err)
	}
	b.world.UseCertificate(*made.CertificateArn, testALB, true)
	inUse := (*acmtypes.ResourceInUseException)(nil)
	if _, err := client.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: made.CertificateArn}); !errors.As(err, &inUse) {
		t.Errorf("deleted while in use: %v", err)
	}
	listed, err := client.ListCertificates(t.Context(), &acm.ListCertificatesInput{Includes: &acmtypes.Filters{KeyTypes: []acmtypes.KeyAlgorithm{acmtypes.KeyAlgorithmEcPrime256v1}}})
	if err != nil || len(listed.CertificateSummaryList) != 4 {
		t.Errorf("listed %+v, %v", listed, err)
	}
}

func TestTheSDKsOtherClientsAreAnswered(t *testing.T) {
	b := newBench(t)
	c := serve(t, b)
	if out, err := tagging.NewFromConfig(c).GetResources(t.Context(), &tagging.GetResourcesInput{ResourceTypeFilters: []string{"elasticloadbalancing:loadbalancer"}}); err != nil || len(out.ResourceTagMappingList) != 1 {
		t.Errorf("resources %+v, %v", out, err)
	}
	waf := wafv2.NewFromConfig(c)
	in := aclInput("one")
	acl, err := waf.CreateWebACL(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := waf.AssociateWebACL(t.Context(), &wafv2.AssociateWebACLInput{ResourceArn: aws.String(testALB), WebACLArn: acl.Summary.ARN}); err != nil {
		t.Error(err)
	}
	if out, err := waf.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: aws.String(testALB)}); err != nil || *out.WebACL.Name != "one" {
		t.Errorf("web ACL %+v, %v", out, err)
	}
	gone := (*waftypes.WAFNonexistentItemException)(nil)
	if _, err := waf.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: aws.String(testALB + "0")}); !errors.As(err, &gone) {
		t.Errorf("of a missing load balancer: %v", err)
	}
	missing := (*shieldtypes.ResourceNotFoundException)(nil)
	if _, err := shield.NewFromConfig(c).DescribeProtection(t.Context(), &shield.DescribeProtectionInput{ResourceArn: aws.String(testALB)}); !errors.As(err, &missing) {
		t.Errorf("protection: %v", err)
	}
	if out, err := sts.NewFromConfig(c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil || *out.Account != "123456789012" {
		t.Errorf("identity %+v, %v", out, err)
	}
	b.now = time.Now() // the SDK looks at the clock
	web := stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(c), "arn:aws:iam::123456789012:role/r", jwt(token(`{"sub":"a","iss":"b"}`)))
	if got, err := web.Retrieve(t.Context()); err != nil || got.SessionToken == "" || got.Expired() {
		t.Errorf("credentials %+v, %v", got, err)
	}
}

// jwt is a token as the SDK reads it from a file.
type jwt string

// GetIdentityToken gives the token.
func (j jwt) GetIdentityToken() ([]byte, error) { return []byte(j), nil }
