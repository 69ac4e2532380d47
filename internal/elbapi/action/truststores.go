package action

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// maxAuthorities is how many certificates a trust store takes.
const maxAuthorities = 25

// fileBucket begins the name of a bucket that is a folder of this machine.
const fileBucket = "file://"

// unreadable says why what a bucket and a key stand for cannot be read.
type unreadable struct{ text string }

func (u *unreadable) Error() string { return u.text }

// readBucket reads what a bucket and a key stand for: a file of a folder when the bucket begins with file://, else what
// stands for S3 here.
func (a *Actions) readBucket(member string, bucket, key *string) ([]byte, error) {
	b, k := aws.ToString(bucket), aws.ToString(key)
	switch {
	case b == "":
		return nil, required(member + "S3Bucket")
	case k == "":
		return nil, required(member + "S3Key")
	}
	folder, ok := strings.CutPrefix(b, fileBucket)
	if !ok && a.options.ReadObject != nil {
		text, err := a.options.ReadObject(strings.TrimPrefix(b, "s3://"), k)
		if err != nil {
			return nil, &unreadable{fmt.Sprintf("'%s' in bucket '%s' cannot be read: %v", k, b, err)}
		}
		return text, nil
	}
	if !ok {
		return nil, &unreadable{"There is no S3 behind this API; give a folder of this machine as bucket, such as 'file:///etc/ssl', in place of '" + b + "'"}
	}
	text, err := a.readFile(path.Join("/", folder, k))
	if err != nil {
		return nil, &unreadable{fmt.Sprintf("'%s' in bucket '%s' cannot be read: %v", k, b, err)}
	}
	return text, nil
}

// readAuthorities reads the certificates of authorities that a bucket and a key stand for.
func (a *Actions) readAuthorities(bucket, key *string) (string, int32, error) {
	text, err := a.readBucket("CaCertificatesBundle", bucket, key)
	if err != nil {
		if m, refused := errors.AsType[*unreadable](err); refused {
			return "", 0, &types.CaCertificatesBundleNotFoundException{Message: aws.String(m.Error())}
		}
		return "", 0, err
	}
	k := *key
	var n int32
	var kept strings.Builder
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if c, err := x509.ParseCertificate(block.Bytes); block.Type != "CERTIFICATE" || err != nil || !c.IsCA {
			return "", 0, badBundle("'%s' holds something else than certificates of authorities", k)
		}
		n++
		kept.Write(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
	}
	if n == 0 || n > maxAuthorities {
		return "", 0, badBundle("'%s' holds %d certificates; a trust store takes 1 to %d", k, n, maxAuthorities)
	}
	return kept.String(), n, nil
}

func badBundle(format string, args ...any) error {
	return &types.InvalidCaCertificatesBundleException{Message: said(format, args...)}
}

// CreateTrustStore makes a trust store.
func (a *Actions) CreateTrustStore(_ context.Context, in *elbv2.CreateTrustStoreInput) (*elbv2.CreateTrustStoreOutput, error) {
	if err := checkName(trustStoreKind, in.Name); err != nil {
		return nil, err
	}
	x := &store.TrustStore{Name: *in.Name}
	var err error
	if x.Tags, err = a.tagsOf(in.Tags); err != nil {
		return nil, err
	}
	if x.Authorities, x.Count, err = a.readAuthorities(in.CaCertificatesBundleS3Bucket, in.CaCertificatesBundleS3Key); err != nil {
		return nil, err
	}
	err = a.store.Update(func(t *store.Tx) error {
		all := t.TrustStores()
		for _, o := range all {
			if o.Name == x.Name {
				return &types.DuplicateTrustStoreNameException{Message: said("A trust store with the same name '%s' exists", x.Name)}
			}
		}
		if most := a.quota(quotaTrustStores); len(all) >= most {
			return &types.TooManyTrustStoresException{Message: said("The quota of %d trust stores is used up", most)}
		}
		x.ARN, x.Seq = a.arn("truststore/"+x.Name+"/"+t.ID()), t.Next()
		t.PutTrustStore(x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.CreateTrustStoreOutput{TrustStores: []types.TrustStore{shapeTrustStore(x)}}, nil
}

// ModifyTrustStore reads the certificates of a trust store anew.
func (a *Actions) ModifyTrustStore(_ context.Context, in *elbv2.ModifyTrustStoreInput) (*elbv2.ModifyTrustStoreOutput, error) {
	var next store.TrustStore
	err := a.store.Update(func(t *store.Tx) error {
		have, err := trustStore(t.State, in.TrustStoreArn)
		if err != nil {
			return err
		}
		next = *have
		if next.Authorities, next.Count, err = a.readAuthorities(in.CaCertificatesBundleS3Bucket, in.CaCertificatesBundleS3Key); err != nil {
			return err
		}
		t.PutTrustStore(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.ModifyTrustStoreOutput{TrustStores: []types.TrustStore{shapeTrustStore(&next)}}, nil
}

// DeleteTrustStore deletes a trust store that no listener uses.
func (a *Actions) DeleteTrustStore(_ context.Context, in *elbv2.DeleteTrustStoreInput) (*elbv2.DeleteTrustStoreOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		x, err := trustStore(t.State, in.TrustStoreArn)
		if err != nil {
			return err
		}
		if users := trustStoreUsers(t.State, x.ARN); len(users) > 0 {
			return &types.TrustStoreInUseException{Message: said("Trust store '%s' is used by load balancer '%s'", x.ARN, users[0])}
		}
		t.DeleteTrustStore(x.ARN)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.DeleteTrustStoreOutput{}, nil
}

func shapeTrustStore(x *store.TrustStore) types.TrustStore {
	var revoked int64
	for _, r := range x.Revocations {
		revoked += r.Entries
	}
	return types.TrustStore{
		TrustStoreArn: aws.String(x.ARN), Name: aws.String(x.Name), NumberOfCaCertificates: aws.Int32(x.Count),
		Status: types.TrustStoreStatusActive, TotalRevokedEntries: aws.Int64(revoked),
	}
}
