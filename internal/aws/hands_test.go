package aws_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// addTag adds a tag behind the controller's back.
func (p *process) addTag(arn, key string) {
	p.t.Helper()
	value := "by hand"
	in := &elbv2.AddTagsInput{ResourceArns: []string{arn}, Tags: []elbtypes.Tag{{Key: &key, Value: &value}}}
	if _, err := p.clients.ELB.AddTags(p.t.Context(), in); err != nil {
		p.t.Fatal(err)
	}
}

// inventory counts all load balancers and target groups of the cloud, and the security groups of the cluster.
func (p *process) inventory() (lbs, tgs, groups int) {
	p.t.Helper()
	ctx := p.t.Context()
	l, err := p.clients.ELB.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
	if err != nil {
		p.t.Fatal(err)
	}
	g, err := p.clients.ELB.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{})
	if err != nil {
		p.t.Fatal(err)
	}
	name := "tag:elbv2.k8s.aws/cluster"
	s, err := p.clients.EC2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: []ec2types.Filter{{Name: &name, Values: []string{cluster}}}})
	if err != nil {
		p.t.Fatal(err)
	}
	return len(l.LoadBalancers), len(g.TargetGroups), len(s.SecurityGroups)
}

// registered lists the targets of a group that are not on their way out, as "id:port zone".
func (p *process) registered(arn string) []elbtypes.TargetDescription {
	p.t.Helper()
	out, err := p.clients.ELB.DescribeTargetHealth(p.t.Context(), &elbv2.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if err != nil {
		p.t.Fatal(err)
	}
	var list []elbtypes.TargetDescription
	for _, d := range out.TargetHealthDescriptions {
		if d.TargetHealth.State != elbtypes.TargetHealthStateEnumDraining {
			list = append(list, *d.Target)
		}
	}
	return list
}

// dieAfter puts a front before the cloud that cuts the process off after so many writes: die is called, and nothing gets
// through any more.
func (p *process) dieAfter(writes int, die context.CancelFunc) {
	p.t.Helper()
	var done atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := new(strings.Builder)
		r.Body = &tee{r.Body, body}
		if int(done.Load()) >= writes {
			panic(http.ErrAbortHandler)
		}
		p.front.ServeHTTP(w, r)
		for _, verb := range []string{"Create", "Authorize", "Register", "Modify", "Add", "Set"} {
			if strings.Contains(body.String(), "Action="+verb) && int(done.Add(1)) >= writes {
				die()
				panic(http.ErrAbortHandler) // the answer does not arrive either
			}
		}
	}))
	p.t.Cleanup(s.Close)
	cut := *p.cloud
	cut.url = s.URL
	p.realizer = cut.start(p.kept).realizer
}

// tee remembers what is read.
type tee struct {
	from interface {
		Read([]byte) (int, error)
		Close() error
	}
	seen *strings.Builder
}

func (t *tee) Read(b []byte) (int, error) {
	n, err := t.from.Read(b)
	t.seen.Write(b[:n])
	return n, err
}

func (t *tee) Close() error { return t.from.Close() }

// openByHand adds a permission that is not ours.
func (p *process) openByHand(id string, port int32, cidr string) {
	p.t.Helper()
	protocol := "tcp"
	_, err := p.clients.EC2.AuthorizeSecurityGroupIngress(p.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &id, IpPermissions: []ec2types.IpPermission{{
			IpProtocol: &protocol, FromPort: &port, ToPort: &port, IpRanges: []ec2types.IpRange{{CidrIp: &cidr}},
		}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
}
