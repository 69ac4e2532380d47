package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi"
)

const (
	vpc     = "vpc-0a1b2c3d4e5f60718"
	subnetA = "subnet-0a00000000000001a"
	subnetB = "subnet-0a00000000000001b"
)

// alone starts the AWS-compatible API by itself.
func alone(t *testing.T) *elbapi.Server {
	t.Helper()
	s, err := elbapi.New(elbapi.Options{Listen: "127.0.0.1:0", Addresses: netip.MustParsePrefix("127.14.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		end, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		if err := s.Close(end); err != nil {
			t.Error(err)
		}
	})
	return s
}

// environment is what a user of AWS tools would paste, and nothing of the user's own settings.
func environment(s *elbapi.Server) []string {
	return append(os.Environ(), "AWS_ENDPOINT_URL="+s.URL(), "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
		"AWS_DEFAULT_REGION="+s.Identity().Region, "AWS_REGION="+s.Identity().Region, "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true")
}

// shell is a user at a terminal with the real aws command line.
type shell struct {
	t      *testing.T
	server *elbapi.Server
	// known are the words that commands may name as $word.
	known map[string]string
	calls int
}

// run runs a command and returns what it printed.
func (s *shell) run(command string) (string, error) {
	s.t.Helper()
	s.calls++
	args := []string{"--endpoint-url", s.server.URL(), "--output", "json"}
	for word := range strings.FieldsSeq(command) {
		args = append(args, os.Expand(word, func(name string) string { return s.known[name] }))
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "aws", args...)
	c.Env = environment(s.server)
	out, err := c.CombinedOutput()
	return string(out), err
}

// at walks through objects and first elements of lists.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

// step is a command, a member of its answer and what that is. With keep, the member is kept under this name in place of being
// compared. An empty path takes any answer.
type step struct {
	command, path string
	want          any
	keep          string
}

func (s *shell) do(steps []step) {
	s.t.Helper()
	for _, c := range steps {
		text, err := s.run(c.command)
		var parsed any
		if err == nil && strings.TrimSpace(text) != "" {
			err = json.Unmarshal([]byte(text), &parsed)
		}
		if err != nil {
			s.t.Fatalf("aws %s: %v\n%s", c.command, err, text)
		}
		if c.path == "" {
			continue
		}
		got := at(parsed, c.path)
		if c.keep != "" {
			s.known[c.keep] = fmt.Sprint(got)
			continue
		}
		want := c.want
		if text, ok := want.(string); ok {
			want = os.Expand(text, func(name string) string { return s.known[name] })
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			s.t.Errorf("aws %s: %s is %v, want %v in\n%s", c.command, c.path, got, want, text)
		}
	}
}

// TestTheAWSCommandLineReadsCreatesChangesAndDeletes uses a client that, unlike the Go SDK, finds members of answers only if
// their names are written exactly as AWS writes them.
func TestTheAWSCommandLineReadsCreatesChangesAndDeletes(t *testing.T) {
	if testing.Short() {
		t.Skip("each call takes a second")
	}
	if out, err := exec.CommandContext(t.Context(), "aws", "--version").CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("the aws command line is not installed (Debian package awscli): %v %s", err, out))
	}
	began := time.Now()
	s := &shell{t: t, server: alone(t), known: map[string]string{"subnetA": subnetA, "subnetB": subnetB, "vpc": vpc}}
	s.do([]step{
		// What is there.
		{command: "sts get-caller-identity", path: "Account", want: "123456789012"},
		{command: "ec2 describe-subnets --filters Name=tag:kubernetes.io/role/elb,Values=1 --subnet-ids $subnetA", path: "Subnets.CidrBlock", want: "10.42.0.0/20"},
		{command: "ec2 describe-security-groups --filters Name=tag-key,Values=Name --group-ids sg-0a00000000000001a", path: "SecurityGroups.IpPermissionsEgress.IpRanges.CidrIp", want: "0.0.0.0/0"},
		{command: "resourcegroupstaggingapi get-resources --resource-type-filters ec2:vpc", path: "ResourceTagMappingList.ResourceARN", want: "arn:aws:ec2:ap-northeast-2:123456789012:vpc/" + vpc},
		{command: "acm list-certificates --includes keyTypes=EC_prime256v1", path: "CertificateSummaryList.Status", want: "ISSUED"},
		{command: "acm list-certificates --includes keyTypes=EC_prime256v1", path: "CertificateSummaryList.CertificateArn", keep: "certificate"},
		{command: "acm describe-certificate --certificate-arn $certificate", path: "Certificate.Status", want: "ISSUED"},
		// A security group with a rule.
		{command: "ec2 create-security-group --group-name web --description web --vpc-id $vpc", path: "GroupId", keep: "group"},
		{command: "ec2 authorize-security-group-ingress --group-id $group --protocol tcp --port 80 --cidr 192.0.2.0/24", path: "SecurityGroupRules.CidrIpv4", want: "192.0.2.0/24"},
		// A load balancer with a target group, a listener and a rule.
		{command: "elbv2 create-load-balancer --name web --subnets $subnetA $subnetB --security-groups $group --tags Key=team,Value=web", path: "LoadBalancers.LoadBalancerArn", keep: "lb"},
		{command: "elbv2 create-target-group --name web --protocol HTTP --port 80 --vpc-id $vpc --target-type ip", path: "TargetGroups.TargetGroupArn", keep: "tg"},
		{command: "elbv2 register-targets --target-group-arn $tg --targets Id=10.42.64.40,Port=8080 Id=10.42.64.41"},
		{command: "elbv2 create-listener --load-balancer-arn $lb --protocol HTTPS --port 443 --certificates CertificateArn=$certificate --default-actions Type=forward,TargetGroupArn=$tg", path: "Listeners.ListenerArn", keep: "listener"},
		{command: "elbv2 create-rule --listener-arn $listener --priority 5 --conditions Field=path-pattern,Values=/old/* --actions Type=redirect,RedirectConfig={Path=/new,StatusCode=HTTP_301}", path: "Rules.RuleArn", keep: "rule"},
		{command: "elbv2 describe-target-health --target-group-arn $tg", path: "TargetHealthDescriptions.Target.Port", want: 8080},
		// Changes.
		{command: "elbv2 modify-load-balancer-attributes --load-balancer-arn $lb --attributes Key=idle_timeout.timeout_seconds,Value=77 --query Attributes[?Key=='idle_timeout.timeout_seconds']", path: "Value", want: 77},
		{command: "elbv2 set-rule-priorities --rule-priorities RuleArn=$rule,Priority=9", path: "Rules.Priority", want: "9"},
		{command: "elbv2 modify-target-group --target-group-arn $tg --health-check-interval-seconds 7", path: "TargetGroups.HealthCheckIntervalSeconds", want: 7},
		{command: "elbv2 add-tags --resource-arns $lb --tags Key=stage,Value=test"},
		{command: "elbv2 describe-tags --resource-arns $lb --query TagDescriptions[0].Tags[?Key=='stage']", path: "Value", want: "test"},
		{command: "elbv2 describe-load-balancers --names web", path: "LoadBalancers.SecurityGroups", want: "[$group]"},
		{command: "elbv2 deregister-targets --target-group-arn $tg --targets Id=10.42.64.41"},
	})
	s.refused("elbv2 delete-target-group --target-group-arn $tg", "(ResourceInUse)")
	s.do([]step{
		{command: "elbv2 delete-rule --rule-arn $rule"},
		{command: "elbv2 delete-listener --listener-arn $listener"},
		{command: "elbv2 delete-load-balancer --load-balancer-arn $lb"},
		{command: "elbv2 delete-target-group --target-group-arn $tg"},
		{command: "ec2 delete-security-group --group-id $group"},
	})
	s.refused("elbv2 describe-load-balancers --names web", "(LoadBalancerNotFound)")
	t.Logf("%d commands in %.1f s", s.calls, time.Since(began).Seconds())
}

// refused demands that a command fails with an error code.
func (s *shell) refused(command, code string) {
	s.t.Helper()
	if text, err := s.run(command); err == nil || !strings.Contains(text, code) {
		s.t.Errorf("aws %s: %v, want %s:\n%s", command, err, code, text)
	}
}
