package side

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// pair makes a self-signed certificate that is valid around a time.
func pair(t *testing.T, now time.Time, names ...string) (certificate, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(258), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

func TestAnImportedCertificateCanBeListedReadReplacedAndDeleted(t *testing.T) {
	b := newBench(t)
	before := string(b.snapshot())
	cert, key := pair(t, b.now, "shop.example", "*.shop.example")
	tags := []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}}
	arn := call(b, b.ImportCertificate, acm.ImportCertificateInput{Certificate: cert, PrivateKey: key, Tags: tags}).CertificateArn
	d := call(b, b.DescribeCertificate, acm.DescribeCertificateInput{CertificateArn: arn}).Certificate
	if *d.DomainName != "shop.example" || d.Type != types.CertificateTypeImported || d.Status != types.CertificateStatusIssued || *d.Serial != "01:02" ||
		d.KeyAlgorithm != types.KeyAlgorithmEcPrime256v1 || *d.SignatureAlgorithm != "SHA256WITHECDSA" || !slices.Equal(d.SubjectAlternativeNames, []string{"shop.example", "*.shop.example"}) {
		t.Errorf("certificate %+v", d)
	}
	get := call(b, b.GetCertificate, acm.GetCertificateInput{CertificateArn: arn})
	if *get.Certificate != string(cert) || get.CertificateChain != nil {
		t.Errorf("content %+v", get)
	}
	if got := call(b, b.ListTagsForCertificate, acm.ListTagsForCertificateInput{CertificateArn: arn}).Tags; len(got) != 1 || *got[0].Value != "shop" {
		t.Errorf("tags %+v", got)
	}
	cert2, key2 := pair(t, b.now, "shop.example")
	if again := call(b, b.ImportCertificate, acm.ImportCertificateInput{CertificateArn: arn, Certificate: cert2, PrivateKey: key2}); *again.CertificateArn != *arn {
		t.Errorf("the ARN changed to %s", *again.CertificateArn)
	}
	if c, ok := b.world.Certificate(*arn); !ok || c.Chain != string(cert2) || c.Key != string(key2) || c.Tags["team"] != "shop" {
		t.Errorf("after the second import: %+v", c)
	}
	b.world.UseCertificate(*arn, testALB, true)
	_, err := b.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: arn})
	if inUse := (*types.ResourceInUseException)(nil); !errors.As(err, &inUse) {
		t.Errorf("deleted while in use: %v", err)
	}
	b.world.UseCertificate(*arn, testALB, false)
	call(b, b.DeleteCertificate, acm.DeleteCertificateInput{CertificateArn: arn})
	if string(b.snapshot()) != before {
		t.Error("something is left")
	}
}

func TestARequestedCertificateIsIssuedAtOnceAndServes(t *testing.T) {
	b := newBench(t)
	in := acm.RequestCertificateInput{
		DomainName: aws.String("A.example.org"), SubjectAlternativeNames: []string{"*.b.example.org"}, ValidationMethod: types.ValidationMethodDns,
		KeyAlgorithm: types.KeyAlgorithmEcPrime256v1, IdempotencyToken: aws.String("t1"),
	}
	arn := call(b, b.RequestCertificate, in).CertificateArn
	if again := call(b, b.RequestCertificate, in).CertificateArn; *again != *arn {
		t.Errorf("the same request made %s and %s", *arn, *again)
	}
	d := call(b, b.DescribeCertificate, acm.DescribeCertificateInput{CertificateArn: arn}).Certificate
	if d.Status != types.CertificateStatusIssued || d.Type != types.CertificateTypeAmazonIssued || len(d.DomainValidationOptions) != 2 ||
		d.DomainValidationOptions[0].ValidationStatus != types.DomainStatusSuccess || !strings.HasSuffix(*d.DomainValidationOptions[1].ResourceRecord.Name, ".b.example.org.") {
		t.Errorf("certificate %+v", d)
	}
	c, _ := b.world.Certificate(*arn)
	p, err := tls.X509KeyPair([]byte(c.Chain), []byte(c.Key))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(b.world.AuthorityPEM()))
	for _, host := range []string{"a.example.org", "x.b.example.org"} {
		if _, err := p.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: b.now}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	b.now = b.now.Add(400 * 24 * time.Hour)
	if d := call(b, b.DescribeCertificate, acm.DescribeCertificateInput{CertificateArn: arn}).Certificate; d.Status != types.CertificateStatusExpired {
		t.Errorf("more than a year later it is %s", d.Status)
	}
}

func TestListCertificatesShowsOnlyRSAKeysUnlessAskedForOthers(t *testing.T) {
	b := newBench(t)
	rsa := call(b, b.RequestCertificate, acm.RequestCertificateInput{DomainName: aws.String("rsa.example.org")}).CertificateArn
	plain := call(b, b.ListCertificates, acm.ListCertificatesInput{}).CertificateSummaryList
	if len(plain) != 1 || *plain[0].CertificateArn != *rsa || plain[0].KeyAlgorithm != types.KeyAlgorithmRsa2048 {
		t.Errorf("without filters: %+v", plain)
	}
	every := &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()}
	issued := []types.CertificateStatus{types.CertificateStatusIssued}
	all := call(b, b.ListCertificates, acm.ListCertificatesInput{Includes: every, CertificateStatuses: issued}).CertificateSummaryList
	if len(all) != 3 {
		t.Errorf("with all key types: %d", len(all))
	}
	var paged []string
	var token *string
	for {
		out := call(b, b.ListCertificates, acm.ListCertificatesInput{
			Includes: every, MaxItems: aws.Int32(2), NextToken: token, SortBy: types.SortByCreatedAt, SortOrder: types.SortOrderDescending,
		})
		for _, c := range out.CertificateSummaryList {
			paged = append(paged, *c.CertificateArn)
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	slices.Sort(paged)
	if len(slices.Compact(paged)) != 3 {
		t.Errorf("pages hold %v", paged)
	}
	pending := []types.CertificateStatus{types.CertificateStatusPendingValidation}
	if got := call(b, b.ListCertificates, acm.ListCertificatesInput{Includes: every, CertificateStatuses: pending}).CertificateSummaryList; len(got) != 0 {
		t.Errorf("pending ones: %+v", got)
	}
}

func TestCertificatesAreRefusedWithTheCodesOfACM(t *testing.T) {
	now := time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)
	cert, key := pair(t, now, "a.example")
	other, otherKey := pair(t, now, "b.example")
	old, oldKey := pair(t, now.Add(-48*time.Hour), "c.example")
	type importInput = acm.ImportCertificateInput
	imp := func(b *bench) func(context.Context, *importInput) (*acm.ImportCertificateOutput, error) {
		return b.ImportCertificate
	}
	request := func(b *bench) func(context.Context, *acm.RequestCertificateInput) (*acm.RequestCertificateOutput, error) {
		return b.RequestCertificate
	}
	describe := func(b *bench) func(context.Context, *acm.DescribeCertificateInput) (*acm.DescribeCertificateOutput, error) {
		return b.DescribeCertificate
	}
	list := func(b *bench) func(context.Context, *acm.ListCertificatesInput) (*acm.ListCertificatesOutput, error) {
		return b.ListCertificates
	}
	addTags := func(b *bench) func(context.Context, *acm.AddTagsToCertificateInput) (*acm.AddTagsToCertificateOutput, error) {
		return b.AddTagsToCertificate
	}
	missing := aws.String("arn:aws:acm:ap-northeast-2:123456789012:certificate/00000000-0000-4000-8000-000000000000")
	checkRefusals(t, nil, map[string]refusal{
		"the key of another one":    refuse("ValidationException", imp, importInput{Certificate: cert, PrivateKey: otherKey}),
		"two certificates":          refuse("ValidationException", imp, importInput{Certificate: slices.Concat(cert, other), PrivateKey: key}),
		"a chain of another one":    refuse("ValidationException", imp, importInput{Certificate: cert, PrivateKey: key, CertificateChain: other}),
		"a chain of nonsense":       refuse("ValidationException", imp, importInput{Certificate: cert, PrivateKey: key, CertificateChain: []byte("x")}),
		"no PEM":                    refuse("ValidationException", imp, importInput{Certificate: []byte("x"), PrivateKey: key}),
		"an encrypted key":          refuse("ValidationException", imp, importInput{Certificate: cert, PrivateKey: []byte(strings.ReplaceAll(string(key), "PRIVATE", "ENCRYPTED PRIVATE"))}),
		"one that has expired":      refuse("ValidationException", imp, importInput{Certificate: old, PrivateKey: oldKey}),
		"replacing a missing one":   refuse("ResourceNotFoundException", imp, importInput{Certificate: cert, PrivateKey: key, CertificateArn: missing}),
		"a reserved tag":            refuse("InvalidTagException", imp, importInput{Certificate: cert, PrivateKey: key, Tags: []types.Tag{{Key: aws.String("aws:x")}}}),
		"a name that is none":       refuse("ValidationException", request, acm.RequestCertificateInput{DomainName: aws.String("a b.example")}),
		"a single label":            refuse("ValidationException", request, acm.RequestCertificateInput{DomainName: aws.String("localhost")}),
		"too many names":            refuse("LimitExceededException", request, acm.RequestCertificateInput{DomainName: aws.String("a.example"), SubjectAlternativeNames: strings.Fields("b.x c.x d.x e.x f.x g.x h.x i.x j.x k.x"), KeyAlgorithm: "x"}),
		"options of another domain": refuse("InvalidDomainValidationOptionsException", request, acm.RequestCertificateInput{DomainName: aws.String("a.example"), DomainValidationOptions: []types.DomainValidationOption{{DomainName: aws.String("b.example")}}}),
		"a missing certificate":     refuse("ResourceNotFoundException", describe, acm.DescribeCertificateInput{CertificateArn: missing}),
		"an ARN that is none":       refuse("InvalidArnException", describe, acm.DescribeCertificateInput{CertificateArn: aws.String("cert")}),
		"a sort without order":      refuse("InvalidArgsException", list, acm.ListCertificatesInput{SortBy: types.SortByCreatedAt}),
		"a token that is none":      refuse("InvalidArgsException", list, acm.ListCertificatesInput{NextToken: aws.String("x")}),
		"tags of a missing one":     refuse("ResourceNotFoundException", addTags, acm.AddTagsToCertificateInput{CertificateArn: missing}),
	})
}

func TestTagsOfCertificatesStayWithinFifty(t *testing.T) {
	b := newBench(t)
	cert, key := pair(t, b.now, "a.example")
	arn := call(b, b.ImportCertificate, acm.ImportCertificateInput{Certificate: cert, PrivateKey: key}).CertificateArn
	var tags []types.Tag
	for i := range 50 {
		tags = append(tags, types.Tag{Key: aws.String(string(rune('A' + i))), Value: aws.String("v")})
	}
	call(b, b.AddTagsToCertificate, acm.AddTagsToCertificateInput{CertificateArn: arn, Tags: tags})
	_, err := b.AddTagsToCertificate(t.Context(), &acm.AddTagsToCertificateInput{CertificateArn: arn, Tags: []types.Tag{{Key: aws.String("more")}}})
	if codeOf(err) != "TooManyTagsException" {
		t.Errorf("a fifty-first: %v", err)
	}
	call(b, b.RemoveTagsFromCertificate, acm.RemoveTagsFromCertificateInput{CertificateArn: arn, Tags: []types.Tag{{Key: aws.String("A")}, {Key: aws.String("B"), Value: aws.String("other")}}})
	if c, _ := b.world.Certificate(*arn); len(c.Tags) != 49 || c.Tags["B"] != "v" {
		t.Errorf("tags %v", c.Tags)
	}
}

func TestAChainThatIsInTheFileIsGivenBackApart(t *testing.T) {
	b := newBench(t)
	arn := ""
	_ = b.world.View(func(st *world.State) error {
		for _, c := range world.Sorted(st.Certificates) {
			arn = c.ARN
		}
		return nil
	})
	out := call(b, b.GetCertificate, acm.GetCertificateInput{CertificateArn: &arn})
	if *out.CertificateChain != b.world.AuthorityPEM() || strings.Count(*out.Certificate, "BEGIN") != 1 {
		t.Errorf("certificate %s chain %s", *out.Certificate, *out.CertificateChain)
	}
}
