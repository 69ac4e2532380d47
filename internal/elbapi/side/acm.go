package side

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

type certificate = *world.Certificate

// certificateOf finds the certificate that a call names.
func certificateOf(st *world.State, arn *string) (certificate, error) {
	a := aws.ToString(arn)
	if !strings.HasPrefix(a, "arn:") || !strings.Contains(a, ":acm:") || !strings.Contains(a, ":certificate/") {
		return nil, &types.InvalidArnException{Message: aws.String("Invalid certificate ARN: " + a)}
	}
	c, ok := st.Certificates[a]
	if !ok {
		return nil, &types.ResourceNotFoundException{Message: aws.String("Could not find certificate " + a + ".")}
	}
	return c, nil
}

// leafOf is the server's certificate of a chain; nil when there is none, as for certificates that were not issued.
func leafOf(chain string) *x509.Certificate {
	block, _ := pem.Decode([]byte(chain))
	if block == nil {
		return nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return c
}

func keyAlgorithm(c *x509.Certificate) types.KeyAlgorithm {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return types.KeyAlgorithm("RSA_" + strconv.Itoa(k.N.BitLen()))
	case *ecdsa.PublicKey:
		return map[int]types.KeyAlgorithm{
			256: types.KeyAlgorithmEcPrime256v1, 384: types.KeyAlgorithmEcSecp384r1, 521: types.KeyAlgorithmEcSecp521r1,
		}[k.Curve.Params().BitSize]
	}
	return ""
}

// statusOf is the status of a certificate: an issued one expires by itself.
func statusOf(c certificate, now time.Time) types.CertificateStatus {
	if leaf := leafOf(c.Chain); c.Status == "ISSUED" && leaf != nil && now.After(leaf.NotAfter) {
		return types.CertificateStatusExpired
	}
	return types.CertificateStatus(c.Status)
}

// ListCertificates lists certificates. Like ACM, it shows only RSA keys of up to 2048 bits unless the call says which it
// wants.
func (s *Side) ListCertificates(_ context.Context, in *acm.ListCertificatesInput) (*acm.ListCertificatesOutput, error) {
	switch {
	case in.MaxItems != nil && (*in.MaxItems < 1 || *in.MaxItems > 1000):
		return nil, &types.InvalidArgsException{Message: aws.String("maxItems must be from 1 to 1000")}
	case in.SortBy != "" && in.SortOrder == "" || in.SortBy == "" && in.SortOrder != "":
		return nil, &types.InvalidArgsException{Message: aws.String("sortBy and sortOrder must be given together")}
	}
	now := s.world.Now()
	return view(s, func(st *world.State) (*acm.ListCertificatesOutput, error) {
		var all []certificate
		for _, c := range world.Sorted(st.Certificates) {
			status := statusOf(c, now)
			if (len(in.CertificateStatuses) == 0 || slices.Contains(in.CertificateStatuses, status)) && included(c, in.Includes) {
				all = append(all, c)
			}
		}
		key := func(c certificate) string { return c.ARN }
		if in.SortBy != "" {
			key = func(c certificate) string {
				t := c.Created.UnixNano()
				if in.SortOrder == types.SortOrderDescending {
					t = math.MaxInt64 - max(t, 0)
				}
				return fmt.Sprintf("%020d %s", max(t, 0), c.ARN)
			}
			slices.SortFunc(all, func(a, b certificate) int { return strings.Compare(key(a), key(b)) })
		}
		rows, next, ok := page(all, key, int(aws.ToInt32(in.MaxItems)), in.NextToken)
		if !ok {
			return nil, &types.InvalidArgsException{Message: aws.String("Invalid NextToken")}
		}
		return &acm.ListCertificatesOutput{NextToken: next, CertificateSummaryList: shown(rows, func(c certificate) types.CertificateSummary {
			return summarize(st, c, now)
		})}, nil
	})
}

func included(c certificate, f *types.Filters) bool {
	keys := []types.KeyAlgorithm{types.KeyAlgorithmRsa1024, types.KeyAlgorithmRsa2048}
	if f != nil && len(f.KeyTypes) > 0 {
		keys = f.KeyTypes
	}
	leaf := leafOf(c.Chain)
	if leaf != nil && !slices.Contains(keys, keyAlgorithm(leaf)) {
		return false
	}
	if f == nil {
		return true
	}
	if f.ExportOption == types.CertificateExportEnabled || f.ManagedBy != "" {
		return false
	}
	usages, extended := keyUsages(leaf), extendedUsages(leaf)
	for _, u := range f.KeyUsage {
		if u != types.KeyUsageNameAny && !slices.Contains(usages, u) {
			return false
		}
	}
	for _, u := range f.ExtendedKeyUsage {
		if u != types.ExtendedKeyUsageNameAny && !slices.Contains(extended, u) {
			return false
		}
	}
	return true
}

func keyUsages(leaf *x509.Certificate) []types.KeyUsageName {
	out := []types.KeyUsageName{}
	if leaf == nil {
		return out
	}
	for _, u := range []struct {
		bit  x509.KeyUsage
		name types.KeyUsageName
	}{
		{x509.KeyUsageDigitalSignature, types.KeyUsageNameDigitalSignature},
		{x509.KeyUsageContentCommitment, types.KeyUsageNameNonRepudation},
		{x509.KeyUsageKeyEncipherment, types.KeyUsageNameKeyEncipherment},
		{x509.KeyUsageDataEncipherment, types.KeyUsageNameDataEncipherment},
		{x509.KeyUsageKeyAgreement, types.KeyUsageNameKeyAgreement},
		{x509.KeyUsageCertSign, types.KeyUsageNameCertificateSigning},
		{x509.KeyUsageCRLSign, types.KeyUsageNameCrlSigning},
	} {
		if leaf.KeyUsage&u.bit != 0 {
			out = append(out, u.name)
		}
	}
	return out
}

// extendedNames are ACM's words for extended key usages.
var extendedNames = map[x509.ExtKeyUsage]types.ExtendedKeyUsageName{
	x509.ExtKeyUsageServerAuth: types.ExtendedKeyUsageNameTlsWebServerAuthentication, x509.ExtKeyUsageClientAuth: types.ExtendedKeyUsageNameTlsWebClientAuthentication,
	x509.ExtKeyUsageCodeSigning: types.ExtendedKeyUsageNameCodeSigning, x509.ExtKeyUsageEmailProtection: types.ExtendedKeyUsageNameEmailProtection,
	x509.ExtKeyUsageTimeStamping: types.ExtendedKeyUsageNameTimeStamping, x509.ExtKeyUsageOCSPSigning: types.ExtendedKeyUsageNameOcspSigning,
	x509.ExtKeyUsageAny: types.ExtendedKeyUsageNameAny,
}

func extendedUsages(leaf *x509.Certificate) []types.ExtendedKeyUsageName {
	out := []types.ExtendedKeyUsageName{}
	if leaf == nil {
		return out
	}
	for _, u := range leaf.ExtKeyUsage {
		if name, ok := extendedNames[u]; ok {
			out = append(out, name)
		}
	}
	return out
}

func summarize(st *world.State, c certificate, now time.Time) types.CertificateSummary {
	d := detail(st, c, now)
	names := c.Names[:min(len(c.Names), 100)]
	leaf := leafOf(c.Chain)
	return types.CertificateSummary{
		CertificateArn: d.CertificateArn, DomainName: d.DomainName, Status: d.Status, Type: d.Type, KeyAlgorithm: d.KeyAlgorithm,
		CreatedAt: d.CreatedAt, ImportedAt: d.ImportedAt, IssuedAt: d.IssuedAt, NotBefore: d.NotBefore, NotAfter: d.NotAfter,
		InUse: aws.Bool(len(st.Uses[c.ARN]) > 0), Exported: aws.Bool(false), RenewalEligibility: d.RenewalEligibility,
		SubjectAlternativeNameSummaries: slices.Clone(names), HasAdditionalSubjectAlternativeNames: aws.Bool(len(c.Names) > len(names)),
		KeyUsages: keyUsages(leaf), ExtendedKeyUsages: extendedUsages(leaf),
	}
}

// DescribeCertificate shows all of a certificate but its content.
func (s *Side) DescribeCertificate(_ context.Context, in *acm.DescribeCertificateInput) (*acm.DescribeCertificateOutput, error) {
	now := s.world.Now()
	return view(s, func(st *world.State) (*acm.DescribeCertificateOutput, error) {
		c, err := certificateOf(st, in.CertificateArn)
		if err != nil {
			return nil, err
		}
		d := detail(st, c, now)
		return &acm.DescribeCertificateOutput{Certificate: &d}, nil
	})
}

func detail(st *world.State, c certificate, now time.Time) types.CertificateDetail {
	out := types.CertificateDetail{
		CertificateArn: aws.String(c.ARN), DomainName: aws.String(c.Domain), SubjectAlternativeNames: slices.Clone(c.Names),
		Type: types.CertificateType(c.Type), Status: statusOf(c, now), InUseBy: append([]string{}, st.Uses[c.ARN]...),
		RenewalEligibility: types.RenewalEligibilityIneligible,
		Options:            &types.CertificateOptions{Export: types.CertificateExportDisabled},
	}
	if c.Authority != "" {
		out.CertificateAuthorityArn = aws.String(c.Authority)
	}
	leaf := leafOf(c.Chain)
	if leaf != nil {
		out.NotBefore, out.NotAfter = aws.Time(leaf.NotBefore), aws.Time(leaf.NotAfter)
		out.Serial, out.Subject, out.Issuer = aws.String(serialOf(leaf)), aws.String(leaf.Subject.String()), aws.String(leaf.Issuer.CommonName)
		out.KeyAlgorithm, out.SignatureAlgorithm = keyAlgorithm(leaf), aws.String(signatureAlgorithm(leaf))
		out.KeyUsages = shown(keyUsages(leaf), func(u types.KeyUsageName) types.KeyUsage { return types.KeyUsage{Name: u} })
		out.ExtendedKeyUsages = shown(extendedUsages(leaf), func(u types.ExtendedKeyUsageName) types.ExtendedKeyUsage {
			return types.ExtendedKeyUsage{Name: u}
		})
	}
	if out.Type == types.CertificateTypeImported {
		out.CreatedAt, out.ImportedAt = aws.Time(c.Created), aws.Time(c.Created)
		return out
	}
	out.CreatedAt = aws.Time(c.Created)
	if leaf != nil {
		out.IssuedAt = aws.Time(c.Created)
		out.RenewalEligibility = types.RenewalEligibilityEligible
	}
	out.DomainValidationOptions = validations(c)
	return out
}

// signatureAlgorithm is ACM's word for it: SHA256WITHRSA, SHA256WITHECDSA.
func signatureAlgorithm(c *x509.Certificate) string {
	first, second, both := strings.Cut(c.SignatureAlgorithm.String(), "-")
	switch {
	case !both:
		return first
	case first == "ECDSA":
		return second + "WITH" + first
	}
	return first + "WITH" + second
}

// serialOf writes a serial number the way ACM does: bytes in hexadecimal, with colons.
func serialOf(c *x509.Certificate) string {
	return strings.Join(shown(c.SerialNumber.Bytes(), func(b byte) string { return fmt.Sprintf("%02x", b) }), ":")
}

// GetCertificate gives a certificate and its chain as PEM, never the key.
func (s *Side) GetCertificate(_ context.Context, in *acm.GetCertificateInput) (*acm.GetCertificateOutput, error) {
	return view(s, func(st *world.State) (*acm.GetCertificateOutput, error) {
		c, err := certificateOf(st, in.CertificateArn)
		if err != nil {
			return nil, err
		}
		block, rest := pem.Decode([]byte(c.Chain))
		if block == nil {
			return nil, &types.RequestInProgressException{Message: aws.String("The certificate " + c.ARN + " is not issued yet.")}
		}
		out := &acm.GetCertificateOutput{Certificate: aws.String(string(pem.EncodeToMemory(block)))}
		if text := strings.TrimSpace(string(rest)); text != "" {
			out.CertificateChain = aws.String(text + "\n")
		}
		return out, nil
	})
}

// DeleteCertificate removes a certificate that no load balancer uses.
func (s *Side) DeleteCertificate(_ context.Context, in *acm.DeleteCertificateInput) (*acm.DeleteCertificateOutput, error) {
	return change(s, func(st *world.State) (*acm.DeleteCertificateOutput, error) {
		c, err := certificateOf(st, in.CertificateArn)
		if err != nil {
			return nil, err
		}
		if users := st.Uses[c.ARN]; len(users) > 0 {
			return nil, &types.ResourceInUseException{Message: aws.String("Certificate " + c.ARN + " in use by " + strings.Join(users, ", "))}
		}
		delete(st.Certificates, c.ARN)
		return &acm.DeleteCertificateOutput{}, nil
	})
}

// ListTagsForCertificate lists the tags of a certificate.
func (s *Side) ListTagsForCertificate(_ context.Context, in *acm.ListTagsForCertificateInput) (*acm.ListTagsForCertificateOutput, error) {
	return view(s, func(st *world.State) (*acm.ListTagsForCertificateOutput, error) {
		c, err := certificateOf(st, in.CertificateArn)
		if err != nil {
			return nil, err
		}
		tags := pairs(c.Tags, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
		return &acm.ListTagsForCertificateOutput{Tags: append([]types.Tag{}, tags...)}, nil
	})
}

// AddTagsToCertificate adds tags.
func (s *Side) AddTagsToCertificate(_ context.Context, in *acm.AddTagsToCertificateInput) (*acm.AddTagsToCertificateOutput, error) {
	return change(s, func(st *world.State) (*acm.AddTagsToCertificateOutput, error) {
		c, err := certificateOf(st, in.CertificateArn)
		if err != nil {
			return nil, err
		}
		add, err := acmTags(in.Tags)
		if err != nil {
			return nil, err
		}
		tags := maps.Clone(c.Tags)
		if tags == nil {
			tags = world.Tags{}
		}
		maps.Copy(tags, add)
		if len(tags) > maxTags {
			return nil, &types.TooManyTagsException{Message: aws.String("A certificate can have at most 50 tags.")}
		}
		c.Tags = tags
		return &acm.AddTagsToCertificateOutput{}, nil
	})
}

// RemoveTagsFromCertificate removes tags by key, or by key and value where a value is given.
func (s *Side) RemoveTagsFromCertificate(_ context.Context, in *acm.RemoveTagsFromCertificateInput) (*acm.RemoveTagsFromCertificateOutput, error) {
	return change(s, func(st *world.State) (*acm.RemoveTagsFromCertificateOutput, error) {
		c, err := certificateOf(st, in.CertificateArn)
		if err != nil {
			return nil, err
		}
		maps.DeleteFunc(c.Tags, func(key, value string) bool {
			return slices.ContainsFunc(in.Tags, func(d types.Tag) bool { return aws.ToString(d.Key) == key && (d.Value == nil || *d.Value == value) })
		})
		return &acm.RemoveTagsFromCertificateOutput{}, nil
	})
}

func acmTags(in []types.Tag) (world.Tags, error) {
	out := world.Tags{}
	for _, t := range in {
		if why := badTag(aws.ToString(t.Key), aws.ToString(t.Value)); why != "" {
			return nil, &types.InvalidTagException{Message: aws.String(why)}
		}
		out[*t.Key] = aws.ToString(t.Value)
	}
	if len(out) > maxTags {
		return nil, &types.TooManyTagsException{Message: aws.String("A certificate can have at most 50 tags.")}
	}
	return out, nil
}
