package resolve

import (
	"context"
	"fmt"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
)

// WebACL is the ARN of the regional web ACL with a name.
func (r *Resolver) WebACL(ctx context.Context, name string) (string, error) {
	all, err := remember(ctx, &r.memory, "acls", keepACLs, r.listACLs)
	if err == nil && all[name] == "" {
		// It may have been made since the list was read.
		all, err = remember(ctx, &r.memory, "acls/"+name, keepARNs, r.listACLs)
	}
	if err != nil {
		return "", err
	}
	if arn := all[name]; arn != "" {
		return arn, nil
	}
	return "", unanswerable(fmt.Sprintf("there is no regional web ACL named %s", name))
}

func (r *Resolver) listACLs(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	in := &wafv2.ListWebACLsInput{Scope: waftypes.ScopeRegional}
	for {
		page, err := r.clients.WAF.ListWebACLs(ctx, in)
		if err != nil {
			return nil, awserr.Wrap("ListWebACLs", "", err)
		}
		for _, a := range page.WebACLs {
			out[value(a.Name)] = value(a.ARN)
		}
		if value(page.NextMarker) == "" {
			return out, nil
		}
		in.NextMarker = page.NextMarker
	}
}

// TrustStore is the ARN of the trust store with a name.
func (r *Resolver) TrustStore(ctx context.Context, name string) (string, error) {
	arn, err := remember(ctx, &r.memory, "truststore/"+name, keepTrustStores, func(ctx context.Context) (string, error) {
		out, err := r.clients.ELB.DescribeTrustStores(ctx, &elbv2.DescribeTrustStoresInput{Names: []string{name}})
		if err != nil {
			return "", awserr.Wrap("DescribeTrustStores", name, err)
		}
		if len(out.TrustStores) == 0 {
			return "", unanswerable(fmt.Sprintf("there is no trust store named %s", name))
		}
		return value(out.TrustStores[0].TrustStoreArn), nil
	})
	return arn, err
}
