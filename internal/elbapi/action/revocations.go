package action

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// AddTrustStoreRevocations adds revocation lists to a trust store, all or none.
func (a *Actions) AddTrustStoreRevocations(_ context.Context, in *elbv2.AddTrustStoreRevocationsInput) (*elbv2.AddTrustStoreRevocationsOutput, error) {
	out := &elbv2.AddTrustStoreRevocationsOutput{TrustStoreRevocations: []types.TrustStoreRevocation{}}
	err := a.store.Update(func(t *store.Tx) error {
		have, err := trustStore(t.State, in.TrustStoreArn)
		if err != nil {
			return err
		}
		next := *have
		next.Revocations = slices.Clone(have.Revocations)
		for i := range in.RevocationContents {
			r, err := a.readRevocation(&in.RevocationContents[i])
			if err != nil {
				return err
			}
			r.ID = int64(t.Next())
			next.Revocations = append(next.Revocations, r)
			out.TrustStoreRevocations = append(out.TrustStoreRevocations, types.TrustStoreRevocation{
				TrustStoreArn: aws.String(have.ARN), RevocationId: aws.Int64(r.ID), RevocationType: types.RevocationTypeCrl,
				NumberOfRevokedEntries: aws.Int64(r.Entries),
			})
		}
		if most := a.quota(quotaRevocations); len(next.Revocations) > most {
			return &types.TooManyTrustStoreRevocationEntriesException{
				Message: said("Trust store '%s' would have %d revocation lists; the quota is %d", have.ARN, len(next.Revocations), most),
			}
		}
		if len(in.RevocationContents) > 0 {
			t.PutTrustStore(&next)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readRevocation reads a revocation list, in PEM or DER.
func (a *Actions) readRevocation(c *types.RevocationContent) (store.Revocation, error) {
	if c.RevocationType != "" && c.RevocationType != types.RevocationTypeCrl {
		return store.Revocation{}, invalid("RevocationType '%s' must be CRL", c.RevocationType)
	}
	text, err := a.readBucket("RevocationContents.", c.S3Bucket, c.S3Key)
	if err != nil {
		if m, refused := errors.AsType[*unreadable](err); refused {
			return store.Revocation{}, &types.RevocationContentNotFoundException{Message: aws.String(m.Error())}
		}
		return store.Revocation{}, err
	}
	if block, _ := pem.Decode(text); block != nil {
		text = block.Bytes
	}
	list, err := x509.ParseRevocationList(text)
	if err != nil {
		return store.Revocation{}, &types.InvalidRevocationContentException{Message: said("'%s' is no revocation list: %v", *c.S3Key, err)}
	}
	return store.Revocation{
		Content: string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: text})), Entries: int64(len(list.RevokedCertificateEntries)),
	}, nil
}

// RemoveTrustStoreRevocations takes revocation lists off a trust store, all or none.
func (a *Actions) RemoveTrustStoreRevocations(_ context.Context, in *elbv2.RemoveTrustStoreRevocationsInput) (*elbv2.RemoveTrustStoreRevocationsOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		have, err := trustStore(t.State, in.TrustStoreArn)
		if err != nil {
			return err
		}
		if len(in.RevocationIds) == 0 {
			return required("RevocationIds")
		}
		next := *have
		next.Revocations = slices.Clone(have.Revocations)
		for _, id := range in.RevocationIds {
			if _, err := revocation(have, id); err != nil {
				return err
			}
			next.Revocations = slices.DeleteFunc(next.Revocations, func(r store.Revocation) bool { return r.ID == id })
		}
		t.PutTrustStore(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.RemoveTrustStoreRevocationsOutput{}, nil
}

func revocation(x *store.TrustStore, id int64) (store.Revocation, error) {
	at := slices.IndexFunc(x.Revocations, func(r store.Revocation) bool { return r.ID == id })
	if at < 0 {
		return store.Revocation{}, &types.RevocationIdNotFoundException{Message: said("Trust store '%s' has no revocation list '%d'", x.ARN, id)}
	}
	return x.Revocations[at], nil
}

// DescribeTrustStoreRevocations lists the revocation lists of a trust store: all, or those of a list of ids.
func (a *Actions) DescribeTrustStoreRevocations(_ context.Context, in *elbv2.DescribeTrustStoreRevocationsInput) (*elbv2.DescribeTrustStoreRevocationsOutput, error) {
	x, err := a.viewTrustStore(in.TrustStoreArn)
	if err != nil {
		return nil, err
	}
	all := x.Revocations
	if len(in.RevocationIds) > 0 {
		all = nil
		for _, id := range in.RevocationIds {
			r, err := revocation(x, id)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
	}
	cut, next, err := pageFixed(all, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &elbv2.DescribeTrustStoreRevocationsOutput{NextMarker: next, TrustStoreRevocations: []types.DescribeTrustStoreRevocation{}}
	for _, r := range cut {
		out.TrustStoreRevocations = append(out.TrustStoreRevocations, types.DescribeTrustStoreRevocation{
			TrustStoreArn: aws.String(x.ARN), RevocationId: aws.Int64(r.ID), RevocationType: types.RevocationTypeCrl,
			NumberOfRevokedEntries: aws.Int64(r.Entries),
		})
	}
	return out, nil
}

func (a *Actions) viewTrustStore(arn *string) (x *store.TrustStore, err error) {
	a.store.View(func(s *store.State) { x, err = trustStore(s, arn) })
	return x, err
}

// GetTrustStoreCaCertificatesBundle tells where the certificates of a trust store can be read: in the address itself.
func (a *Actions) GetTrustStoreCaCertificatesBundle(_ context.Context, in *elbv2.GetTrustStoreCaCertificatesBundleInput) (*elbv2.GetTrustStoreCaCertificatesBundleOutput, error) {
	x, err := a.viewTrustStore(in.TrustStoreArn)
	if err != nil {
		return nil, err
	}
	return &elbv2.GetTrustStoreCaCertificatesBundleOutput{Location: dataAddress(x.Authorities)}, nil
}

// GetTrustStoreRevocationContent tells where a revocation list can be read: in the address itself.
func (a *Actions) GetTrustStoreRevocationContent(_ context.Context, in *elbv2.GetTrustStoreRevocationContentInput) (*elbv2.GetTrustStoreRevocationContentOutput, error) {
	x, err := a.viewTrustStore(in.TrustStoreArn)
	if err != nil {
		return nil, err
	}
	r, err := revocation(x, aws.ToInt64(in.RevocationId))
	if err != nil {
		return nil, err
	}
	return &elbv2.GetTrustStoreRevocationContentOutput{Location: dataAddress(r.Content)}, nil
}

// dataAddress is a URL that holds what it stands for: there is no bucket to point to.
func dataAddress(text string) *string {
	return aws.String("data:application/x-pem-file;base64," + base64.StdEncoding.EncodeToString([]byte(text)))
}

// GetResourcePolicy answers that there is none: nothing is shared between accounts here.
func (a *Actions) GetResourcePolicy(_ context.Context, in *elbv2.GetResourcePolicyInput) (*elbv2.GetResourcePolicyOutput, error) {
	if err := checkARN("ResourceArn", in.ResourceArn, trustStoreKind); err != nil {
		return nil, err
	}
	return nil, &types.ResourceNotFoundException{Message: said("'%s' has no resource policy", *in.ResourceArn)}
}

// DeleteSharedTrustStoreAssociation refuses: a trust store and its users are in one account here.
func (a *Actions) DeleteSharedTrustStoreAssociation(_ context.Context, in *elbv2.DeleteSharedTrustStoreAssociationInput) (*elbv2.DeleteSharedTrustStoreAssociationOutput, error) {
	if err := checkARN("ResourceArn", in.ResourceArn, loadBalancerKind); err != nil {
		return nil, err
	}
	var used bool
	var err error
	a.store.View(func(s *store.State) {
		var x *store.TrustStore
		if x, err = trustStore(s, in.TrustStoreArn); err == nil {
			used = slices.Contains(trustStoreUsers(s, x.ARN), *in.ResourceArn)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case !used:
		return nil, &types.TrustStoreAssociationNotFoundException{Message: said("'%s' does not use trust store '%s'", *in.ResourceArn, *in.TrustStoreArn)}
	}
	return nil, &types.DeleteAssociationSameAccountException{
		Message: said("'%s' is in the account of trust store '%s'; change its listener instead", *in.ResourceArn, *in.TrustStoreArn),
	}
}
