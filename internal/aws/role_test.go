package aws_test

import (
	"strings"
	"testing"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

func TestARoleIsTakenOnForItsOwnClients(t *testing.T) {
	p := newCloud(t).start(nil)
	role := "arn:aws:iam::123456789012:role/targets"
	other := p.clients.As(role, "their-id")
	for range 2 { // the credentials serve more than one call
		if _, err := other.ELB.DescribeTargetGroups(t.Context(), &elbv2.DescribeTargetGroupsInput{}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, text := p.calls()
	if !strings.Contains(text, "1 sts AssumeRole") {
		t.Errorf("calls:\n%s", text)
	}
	if n := len(p.clients.Counts()); n != 2 {
		t.Errorf("%d kinds of calls were counted", n)
	}
}
