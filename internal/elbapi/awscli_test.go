package elbapi

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// cli runs the aws command line against a server and gives what it printed, as JSON if it is JSON.
func (r *running) cli(t *testing.T, args ...string) (text string, parsed map[string]any, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "aws", append([]string{"--endpoint-url", r.URL(), "--output", "json"}, args...)...)
	c.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_DEFAULT_REGION="+r.Identity().Region, "AWS_PAGER=",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1")
	out, err := c.CombinedOutput()
	_ = json.Unmarshal(out, &parsed) // errors are not JSON
	return string(out), parsed, err != nil
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

// TestTheAWSCommandLineIsAnswered asks for a member of each protocol's answers that botocore, unlike the Go SDK, finds only if
// its name is written exactly as AWS writes it.
func TestTheAWSCommandLineIsAnswered(t *testing.T) {
	if testing.Short() {
		t.Skip("each call takes a second")
	}
	if out, err := exec.Command("aws", "--version").CombinedOutput(); err != nil {
		t.Skipf("the aws command line is not installed (Debian package awscli): %v %s", err, out)
	}
	r := start(t, Options{})
	for _, c := range []struct {
		command, path string
		want          any
	}{
		{"ec2 describe-security-groups --filters Name=tag-key,Values=Name --group-ids sg-0a00000000000001a", "SecurityGroups.IpPermissionsEgress.IpRanges.CidrIp", "0.0.0.0/0"},
		{"elbv2 create-load-balancer --name cli --type network --subnets " + subnetA, "LoadBalancers.AvailabilityZones.SubnetId", subnetA},
		{"acm list-certificates --includes keyTypes=EC_prime256v1", "CertificateSummaryList.Status", "ISSUED"},
		{"resourcegroupstaggingapi get-resources --resource-type-filters ec2:vpc", "ResourceTagMappingList.ResourceARN", "arn:aws:ec2:ap-northeast-2:123456789012:vpc/" + vpc},
	} {
		text, parsed, failed := r.cli(t, strings.Fields(c.command)...)
		got, _ := json.Marshal(at(parsed, c.path))
		want, _ := json.Marshal(c.want)
		if failed || string(got) != string(want) {
			t.Errorf("aws %s: %s is %s, want %s in\n%s", c.command, c.path, got, want, text)
		}
	}
	text, _, failed := r.cli(t, "elbv2", "describe-load-balancers", "--names", "other")
	if !failed || !strings.Contains(text, "(LoadBalancerNotFound)") {
		t.Errorf("a load balancer that is not there: %s", text)
	}
}
