package action

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// trustStoreUsers lists the load balancers whose listeners use a trust store.
func trustStoreUsers(s *store.State, arn string) []string {
	var out []string
	for _, l := range s.Listeners("") {
		if l.Mutual != nil && l.Mutual.TrustStore == arn && !slices.Contains(out, l.LoadBalancer) {
			out = append(out, l.LoadBalancer)
		}
	}
	return out
}

// DescribeTrustStores lists trust stores: all, or those of a list of ARNs or names, which must all be there.
func (a *Actions) DescribeTrustStores(_ context.Context, in *elbv2.DescribeTrustStoresInput) (*elbv2.DescribeTrustStoresOutput, error) {
	if len(in.TrustStoreArns) > 0 && len(in.Names) > 0 {
		return nil, invalid("TrustStoreArns and Names cannot both be given")
	}
	for _, arn := range in.TrustStoreArns {
		if err := checkARN("TrustStoreArns", &arn, trustStoreKind); err != nil {
			return nil, err
		}
	}
	var all []*store.TrustStore
	a.store.View(func(s *store.State) { all = s.TrustStores() })
	all, err := named(all, in.TrustStoreArns, func(x *store.TrustStore) string { return x.ARN }, trustStoreKind)
	if err != nil {
		return nil, err
	}
	if all, err = named(all, in.Names, func(x *store.TrustStore) string { return x.Name }, trustStoreKind); err != nil {
		return nil, err
	}
	cut, next, err := page(all, func(x *store.TrustStore) uint64 { return x.Seq }, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &elbv2.DescribeTrustStoresOutput{NextMarker: next, TrustStores: []types.TrustStore{}}
	for _, x := range cut {
		out.TrustStores = append(out.TrustStores, shapeTrustStore(x))
	}
	return out, nil
}

// DescribeTrustStoreAssociations lists the load balancers that use a trust store.
func (a *Actions) DescribeTrustStoreAssociations(_ context.Context, in *elbv2.DescribeTrustStoreAssociationsInput) (*elbv2.DescribeTrustStoreAssociationsOutput, error) {
	var users []string
	var err error
	a.store.View(func(s *store.State) {
		var x *store.TrustStore
		if x, err = trustStore(s, in.TrustStoreArn); err == nil {
			users = trustStoreUsers(s, x.ARN)
		}
	})
	if err != nil {
		return nil, err
	}
	cut, next, err := pageFixed(users, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &elbv2.DescribeTrustStoreAssociationsOutput{NextMarker: next, TrustStoreAssociations: []types.TrustStoreAssociation{}}
	for _, arn := range cut {
		out.TrustStoreAssociations = append(out.TrustStoreAssociations, types.TrustStoreAssociation{ResourceArn: aws.String(arn)})
	}
	return out, nil
}
