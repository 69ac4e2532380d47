package elbapi

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/keep"
)

// clients is an authority with two certificates.
type clients struct {
	authority    *x509.Certificate
	key          *ecdsa.PrivateKey
	good, banned tls.Certificate
}

func newClients(t *testing.T) *clients {
	t.Helper()
	c := &clients{}
	issue := func(serial int64, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
		parent, signer := c.authority, c.key
		if parent == nil {
			template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
			parent, signer = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return made, key
	}
	c.authority, c.key = issue(1, "clients")
	for i, into := range []*tls.Certificate{&c.good, &c.banned} {
		made, key := issue(int64(2+i), fmt.Sprint("client ", i))
		*into = tls.Certificate{Certificate: [][]byte{made.Raw}, PrivateKey: key}
	}
	return c
}

// put writes an object of S3 into a state folder.
func put(t *testing.T, state, bucket, key, kind string, der []byte) {
	t.Helper()
	path, err := keep.Object(state, bucket, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ask sends a request over TLS; the status is 0 when there is no connection.
func ask(address string, config *tls.Config) (status int, resumed bool, err error) {
	config.InsecureSkipVerify = true
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", address, config)
	if err != nil {
		return 0, false, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second)) // it fails for closed connections only
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"); err != nil {
		return 0, false, err
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, false, err
	}
	_ = r.Body.Close() // only the status counts
	return r.StatusCode, c.ConnectionState().DidResume, nil
}

func until(t *testing.T, what string, holds func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = holds(); err == nil {
			return
		}
	}
	t.Fatalf("waited in vain for %s: %v", what, err)
}

func TestClientsAreVerifiedAgainstATrustStoreMadeByCalls(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	o := Options{StateDir: state, DNSListen: "127.0.0.1:0"}
	r := start(t, o)
	ctx, c := t.Context(), r.elb()
	pki := newClients(t)
	put(t, state, "clients", "authorities/ca.pem", "CERTIFICATE", pki.authority.Raw)
	store, err := c.CreateTrustStore(ctx, &elbv2.CreateTrustStoreInput{
		Name: aws.String("clients"), CaCertificatesBundleS3Bucket: aws.String("clients"), CaCertificatesBundleS3Key: aws.String("authorities/ca.pem"),
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := store.TrustStores[0].TrustStoreArn
	raw, err := x509.MarshalPKCS8PrivateKey(pki.key)
	if err != nil {
		t.Fatal(err)
	}
	served, err := acm.NewFromConfig(r.config()).ImportCertificate(ctx, &acm.ImportCertificateInput{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pki.authority.Raw}), // anything will do
		PrivateKey:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}),
	})
	if err != nil {
		t.Fatal(err)
	}
	lb, err := c.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: []string{subnetA, subnetB}})
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	listen := func(port int32, mutual *types.MutualAuthenticationAttributes) {
		t.Helper()
		_, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
			LoadBalancerArn: lb.LoadBalancers[0].LoadBalancerArn, Protocol: types.ProtocolEnumHttps, Port: &port, MutualAuthentication: mutual,
			Certificates: []types.Certificate{{CertificateArn: served.CertificateArn}},
			SslPolicy:    aws.String("ELBSecurityPolicy-TLS13-1-2-2021-06"),
			DefaultActions: []types.Action{{
				Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("204")},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	listen(port, &types.MutualAuthenticationAttributes{Mode: aws.String("verify"), TrustStoreArn: arn})
	host := resolved(t, r.DNSAddress(), aws.ToString(lb.LoadBalancers[0].DNSName))
	address := fmt.Sprintf("%s:%d", host, port)
	with := func(list ...tls.Certificate) func() error {
		return func() error {
			status, _, err := ask(address, &tls.Config{Certificates: list})
			if err == nil && status != 204 {
				err = fmt.Errorf("status %d", status)
			}
			return err
		}
	}
	until(t, "a client of the authority", with(pki.good))
	if err := with(pki.banned)(); err != nil {
		t.Errorf("a client that nobody has banned yet: %v", err)
	}
	if with()() == nil {
		t.Error("a client without a certificate gets in")
	}

	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(3), RevocationTime: time.Now()}},
	}, pki.authority, pki.key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, state, "clients", "banned.crl", "X509 CRL", list)
	_, err = c.AddTrustStoreRevocations(ctx, &elbv2.AddTrustStoreRevocationsInput{TrustStoreArn: arn, RevocationContents: []types.RevocationContent{
		{S3Bucket: aws.String("clients"), S3Key: aws.String("banned.crl"), RevocationType: types.RevocationTypeCrl},
	}})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the banned client to be refused", func() error {
		if with(pki.banned)() == nil {
			return fmt.Errorf("it gets in")
		}
		return nil
	})
	if err := with(pki.good)(); err != nil {
		t.Errorf("the other client: %v", err)
	}

	// Without client certificates sessions are resumed, by the next process too: its keys are in the state folder.
	open := freePort(t)
	listen(open, nil)
	cache := tls.NewLRUClientSessionCache(1)
	address = fmt.Sprintf("%s:%d", host, open)
	resumes := func() (bool, error) {
		status, resumed, err := ask(address, &tls.Config{ServerName: "a.example", ClientSessionCache: cache})
		if err == nil && status != 204 {
			err = fmt.Errorf("status %d", status)
		}
		return resumed, err
	}
	until(t, "the open listener", func() error { _, err := resumes(); return err })
	r.stop()
	start(t, o)
	var resumed bool
	until(t, "the open listener after a restart", func() error { resumed, err = resumes(); return err })
	if !resumed {
		t.Error("the session was not resumed after a restart")
	}
}
