package side

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	shieldtypes "github.com/aws/aws-sdk-go-v2/service/shield/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

func aclInput(name string) wafv2.CreateWebACLInput {
	return wafv2.CreateWebACLInput{
		Name: aws.String(name), Scope: types.ScopeRegional, DefaultAction: &types.DefaultAction{Block: &types.BlockAction{}},
		VisibilityConfig: &types.VisibilityConfig{MetricName: aws.String("m"), CloudWatchMetricsEnabled: true},
		Rules: []types.Rule{{
			Name: aws.String("geo"), Priority: 1, Action: &types.RuleAction{Allow: &types.AllowAction{}}, VisibilityConfig: &types.VisibilityConfig{MetricName: aws.String("g")},
			Statement: &types.Statement{ByteMatchStatement: &types.ByteMatchStatement{
				SearchString: []byte{0, 1, 255}, PositionalConstraint: types.PositionalConstraintContains, FieldToMatch: &types.FieldToMatch{UriPath: &types.UriPath{}},
				TextTransformations: []types.TextTransformation{{Priority: 0, Type: types.TextTransformationTypeNone}},
			}},
		}},
	}
}

func TestAWebACLGuardsOneLoadBalancerAfterAnother(t *testing.T) {
	b := newBench(t)
	before := string(b.snapshot())
	one := call(b, b.CreateWebACL, aclInput("one")).Summary
	two := call(b, b.CreateWebACL, aclInput("two")).Summary
	if got := call(b, b.GetWebACLForResource, wafv2.GetWebACLForResourceInput{ResourceArn: aws.String(testALB)}); got.WebACL != nil {
		t.Errorf("guarded by %s before anything was associated", *got.WebACL.Name)
	}
	for _, acl := range []*types.WebACLSummary{one, two} {
		call(b, b.AssociateWebACL, wafv2.AssociateWebACLInput{WebACLArn: acl.ARN, ResourceArn: aws.String(testALB)})
		if got := call(b, b.GetWebACLForResource, wafv2.GetWebACLForResourceInput{ResourceArn: aws.String(testALB)}); *got.WebACL.ARN != *acl.ARN {
			t.Errorf("guarded by %s, want %s", *got.WebACL.Name, *acl.Name)
		}
	}
	got := call(b, b.GetWebACL, wafv2.GetWebACLInput{Name: two.Name, Id: two.Id, Scope: types.ScopeRegional})
	if got.WebACL.DefaultAction.Block == nil || !slices.Equal(got.WebACL.Rules[0].Statement.ByteMatchStatement.SearchString, []byte{0, 1, 255}) {
		t.Errorf("rules %+v", got.WebACL.Rules)
	}
	remove := func(acl *types.WebACLSummary, token string) error {
		_, err := b.DeleteWebACL(t.Context(), &wafv2.DeleteWebACLInput{Name: acl.Name, Id: acl.Id, Scope: types.ScopeRegional, LockToken: &token})
		return err
	}
	if err := remove(two, "old"); codeOf(err) != "WAFOptimisticLockException" {
		t.Errorf("with another token: %v", err)
	}
	if err := remove(two, *two.LockToken); codeOf(err) != "WAFAssociatedItemException" {
		t.Errorf("while associated: %v", err)
	}
	b.resources = nil // the load balancer goes, and its association with it
	for _, acl := range []*types.WebACLSummary{one, two} {
		if err := remove(acl, *acl.LockToken); err != nil {
			t.Error(err)
		}
	}
	if string(b.snapshot()) != before {
		t.Error("something is left")
	}
}

func TestWebACLsAreRefusedWithTheCodesOfWAF(t *testing.T) {
	create := func(b *bench) func(context.Context, *wafv2.CreateWebACLInput) (*wafv2.CreateWebACLOutput, error) {
		return b.CreateWebACL
	}
	associate := func(b *bench) func(context.Context, *wafv2.AssociateWebACLInput) (*wafv2.AssociateWebACLOutput, error) {
		return b.AssociateWebACL
	}
	in := func(change func(*wafv2.CreateWebACLInput)) wafv2.CreateWebACLInput {
		x := aclInput("new")
		change(&x)
		return x
	}
	acl := func(id string) *string {
		return aws.String("arn:aws:wafv2:ap-northeast-2:123456789012:regional/webacl/there/" + id)
	}
	prepare := func(b *bench) {
		call(b, b.CreateWebACL, aclInput("there"))
	}
	checkRefusals(t, prepare, map[string]refusal{
		"the same name twice":     refuse("WAFDuplicateItemException", create, aclInput("there")),
		"a name with spaces":      refuse("WAFInvalidParameterException", create, aclInput("a b")),
		"no default action":       refuse("WAFInvalidParameterException", create, in(func(x *wafv2.CreateWebACLInput) { x.DefaultAction = nil })),
		"a scope that is none":    refuse("WAFInvalidParameterException", create, in(func(x *wafv2.CreateWebACLInput) { x.Scope = "HERE" })),
		"a missing ACL":           refuse("WAFNonexistentItemException", associate, wafv2.AssociateWebACLInput{ResourceArn: aws.String(testALB), WebACLArn: acl("x")}),
		"a missing load balancer": refuse("WAFNonexistentItemException", associate, wafv2.AssociateWebACLInput{ResourceArn: aws.String(testALB + "0"), WebACLArn: acl("x")}),
		"something else to guard": refuse("WAFInvalidParameterException", associate, wafv2.AssociateWebACLInput{ResourceArn: aws.String("arn:aws:s3:::x"), WebACLArn: acl("x")}),
		"an ACL that is no ARN":   refuse("WAFInvalidParameterException", associate, wafv2.AssociateWebACLInput{ResourceArn: aws.String(testALB), WebACLArn: aws.String("there")}),
		"getting what is not there": refuse("WAFNonexistentItemException", func(b *bench) func(context.Context, *wafv2.GetWebACLInput) (*wafv2.GetWebACLOutput, error) {
			return b.GetWebACL
		}, wafv2.GetWebACLInput{ARN: acl("x")}),
	})
}

func TestProtectionsNeedASubscription(t *testing.T) {
	b := newBench(t)
	if got := call(b, b.GetSubscriptionState, shield.GetSubscriptionStateInput{}); got.SubscriptionState != shieldtypes.SubscriptionStateInactive {
		t.Errorf("the account is subscribed: %s", got.SubscriptionState)
	}
	in := shield.CreateProtectionInput{Name: aws.String("p"), ResourceArn: aws.String(testALB)}
	missing := (*shieldtypes.ResourceNotFoundException)(nil)
	if _, err := b.CreateProtection(t.Context(), &in); !errors.As(err, &missing) {
		t.Errorf("without subscription: %v", err)
	}
	call(b, b.CreateSubscription, shield.CreateSubscriptionInput{})
	if _, err := b.DescribeProtection(t.Context(), &shield.DescribeProtectionInput{ResourceArn: aws.String(testALB)}); !errors.As(err, &missing) {
		t.Errorf("before there is one: %v", err)
	}
	id := call(b, b.CreateProtection, in).ProtectionId
	if got := call(b, b.DescribeProtection, shield.DescribeProtectionInput{ResourceArn: aws.String(testALB)}).Protection; *got.Id != *id || *got.Name != "p" {
		t.Errorf("protection %+v", got)
	}
	if _, err := b.CreateProtection(t.Context(), &in); codeOf(err) != "ResourceAlreadyExistsException" {
		t.Errorf("a second one: %v", err)
	}
	if _, err := b.CreateProtection(t.Context(), &shield.CreateProtectionInput{Name: aws.String("p"), ResourceArn: aws.String(testALB + "0")}); codeOf(err) != "InvalidResourceException" {
		t.Errorf("of a load balancer that is not there: %v", err)
	}
	call(b, b.DeleteProtection, shield.DeleteProtectionInput{ProtectionId: id})
	if _, err := b.DeleteProtection(t.Context(), &shield.DeleteProtectionInput{ProtectionId: id}); codeOf(err) != "ResourceNotFoundException" {
		t.Errorf("deleted twice: %v", err)
	}
}

func arns(out *tagging.GetResourcesOutput) []string {
	return shown(out.ResourceTagMappingList, func(m taggingtypes.ResourceTagMapping) string { return *m.ResourceARN })
}

func TestResourcesAreFoundByTypeAndTags(t *testing.T) {
	b := newBench(t)
	group := "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/web/6d0ecf831eec9f09"
	b.resources = append(b.resources, Resource{ARN: group, Tags: world.Tags{"elbv2.k8s.aws/cluster": "gwanmun-local"}}, Resource{ARN: group + "0"})
	tag := func(key string, values ...string) taggingtypes.TagFilter {
		return taggingtypes.TagFilter{Key: &key, Values: values}
	}
	for name, c := range map[string]struct {
		in   tagging.GetResourcesInput
		want []string
	}{
		"by type":               {tagging.GetResourcesInput{ResourceTypeFilters: []string{"elasticloadbalancing:targetgroup"}}, []string{group}},
		"by service":            {tagging.GetResourcesInput{ResourceTypeFilters: []string{"elasticloadbalancing"}}, []string{testALB, group}},
		"by two types":          {tagging.GetResourcesInput{ResourceTypeFilters: []string{"elasticloadbalancing:loadbalancer", "elasticloadbalancing:targetgroup"}, TagFilters: []taggingtypes.TagFilter{tag("elbv2.k8s.aws/cluster", "gwanmun-local")}}, []string{testALB, group}},
		"by key alone":          {tagging.GetResourcesInput{TagFilters: []taggingtypes.TagFilter{tag("app")}}, []string{testALB}},
		"by a value of another": {tagging.GetResourcesInput{TagFilters: []taggingtypes.TagFilter{tag("elbv2.k8s.aws/cluster", "gwanmun-local"), tag("app", "shop")}}, []string{}},
		"by ARN":                {tagging.GetResourcesInput{ResourceARNList: []string{group}}, []string{group}},
		"security groups":       {tagging.GetResourcesInput{ResourceTypeFilters: []string{"ec2:security-group"}}, []string{"arn:aws:ec2:ap-northeast-2:123456789012:security-group/" + nodeGroup}},
	} {
		if got := arns(call(b, b.GetResources, c.in)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	for i := range 120 {
		b.resources = append(b.resources, Resource{ARN: fmt.Sprintf("%s%03d", group, i), Tags: world.Tags{"many": "x"}})
	}
	var all []string
	in := tagging.GetResourcesInput{ResourcesPerPage: aws.Int32(50), TagFilters: []taggingtypes.TagFilter{tag("many")}}
	for pages := 0; pages < 10; pages++ {
		out := call(b, b.GetResources, in)
		all = append(all, arns(out)...)
		if in.PaginationToken = out.PaginationToken; *in.PaginationToken == "" {
			break
		}
	}
	if len(all) != 120 || len(slices.Compact(all)) != 120 {
		t.Errorf("%d resources on all pages", len(all))
	}
	for name, in := range map[string]tagging.GetResourcesInput{
		"a page of 101":     {ResourcesPerPage: aws.Int32(101)},
		"ARNs with filters": {ResourceARNList: []string{group}, ResourceTypeFilters: []string{"ec2"}},
		"a type of nothing": {ResourceTypeFilters: []string{"ec2:"}},
	} {
		if _, err := b.GetResources(t.Context(), &in); codeOf(err) != "InvalidParameterException" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
