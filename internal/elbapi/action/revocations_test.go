package action_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
)

// revoked is a revocation list with two entries.
func revoked(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "ours"}, KeyUsage: x509.KeyUsageCRLSign, SubjectKeyId: []byte{1}}
	now := time.Now()
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: now, NextUpdate: now.Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{
			{SerialNumber: big.NewInt(1), RevocationTime: now}, {SerialNumber: big.NewInt(2), RevocationTime: now},
		},
	}, authority, key)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list})
}

func TestRevocationListsComeAndGo(t *testing.T) {
	files := map[string][]byte{}
	c := newCloud(t, func(o *action.Options) {
		o.ReadFile = func(path string) ([]byte, error) {
			if text := files[path]; text != nil {
				return text, nil
			}
			return nil, errors.New("no such file")
		}
	})
	files["/ca/all.pem"], files["/ca/list.pem"], files["/ca/text"] = []byte(c.world.AuthorityPEM()), revoked(t), []byte("text")
	made, err := c.CreateTrustStore(ctx, &elbv2.CreateTrustStoreInput{
		Name: aws.String("ours"), CaCertificatesBundleS3Bucket: aws.String("file:///ca"), CaCertificatesBundleS3Key: aws.String("all.pem"),
	})
	arn := ok(t, made, err).TrustStores[0].TrustStoreArn
	add := func(key string) (int64, error) {
		out, err := c.AddTrustStoreRevocations(ctx, &elbv2.AddTrustStoreRevocationsInput{
			TrustStoreArn: arn, RevocationContents: []types.RevocationContent{{S3Bucket: aws.String("file:///ca"), S3Key: &key}},
		})
		if err != nil {
			return 0, err
		}
		return *out.TrustStoreRevocations[0].RevocationId, nil
	}
	_, err = add("none")
	refused(t, err, "RevocationContentNotFound", "'none'")
	_, err = add("text")
	refused(t, err, "InvalidRevocationContent", "'text'")
	id, err := add("list.pem")
	must(t, err)
	list, err := c.DescribeTrustStoreRevocations(ctx, &elbv2.DescribeTrustStoreRevocationsInput{TrustStoreArn: arn, RevocationIds: []int64{id}})
	if r := ok(t, list, err).TrustStoreRevocations; len(r) != 1 || *r[0].NumberOfRevokedEntries != 2 {
		t.Errorf("the lists are %+v", r)
	}
	content, err := c.GetTrustStoreRevocationContent(ctx, &elbv2.GetTrustStoreRevocationContentInput{TrustStoreArn: arn, RevocationId: &id})
	_, encoded, _ := strings.Cut(*ok(t, content, err).Location, ";base64,")
	if plain, err := base64.StdEncoding.DecodeString(encoded); err != nil || string(plain) != string(files["/ca/list.pem"]) {
		t.Errorf("the content is %s, %v", plain, err)
	}
	remove := func() error {
		_, err := c.RemoveTrustStoreRevocations(ctx, &elbv2.RemoveTrustStoreRevocationsInput{TrustStoreArn: arn, RevocationIds: []int64{id}})
		return err
	}
	must(t, remove())
	refused(t, remove(), "RevocationIdNotFound", "has no revocation list")
}

func TestEveryOperationOfTheServiceIsThere(t *testing.T) {
	have := map[string]bool{}
	for _, op := range action.Operations(newCloud(t).Actions) {
		if have[op.Name] {
			t.Errorf("%s is there twice", op.Name)
		}
		have[op.Name] = true
	}
	if len(have) != 51 {
		t.Errorf("there are %d operations; ELBv2 has 51", len(have))
	}
}

func TestAVPCWithoutInternetGatewayHasInternalLoadBalancersOnly(t *testing.T) {
	c := newCloud(t)
	c.detach(t)
	in := &elbv2.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: []string{privateA, privateB}}
	_, err := c.CreateLoadBalancer(ctx, in)
	refused(t, err, "InvalidSubnet", "internet gateway")
	in.Scheme = types.LoadBalancerSchemeEnumInternal
	_, err = c.CreateLoadBalancer(ctx, in)
	must(t, err)
}
