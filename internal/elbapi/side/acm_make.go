package side

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

const (
	maxNames      = 10 // ACM's default for the names of a certificate
	maxChain      = 2 << 20
	tokenLifetime = time.Hour // how long ACM takes a repeated token for the same request
)

func invalid(message string) error { return &types.ValidationException{Message: aws.String(message)} }

// ImportCertificate takes a certificate with its key, after checking that they belong together and that the chain does. With
// an ARN it replaces the content of a certificate that was imported before; its users stay.
func (s *Side) ImportCertificate(_ context.Context, in *acm.ImportCertificateInput) (*acm.ImportCertificateOutput, error) {
	now := s.world.Now().UTC()
	leaf, err := checkImport(in, now)
	if err != nil {
		return nil, err
	}
	tags, err := acmTags(in.Tags)
	if err != nil {
		return nil, err
	}
	names := world.LeafNames(leaf)
	if len(names) == 0 {
		return nil, invalid("The certificate has neither a common name nor subject alternative names.")
	}
	chain := strings.TrimSpace(string(in.Certificate)) + "\n"
	if more := strings.TrimSpace(string(in.CertificateChain)); more != "" {
		chain += more + "\n"
	}
	return change(s, func(st *world.State) (*acm.ImportCertificateOutput, error) {
		c := &world.Certificate{Type: string(types.CertificateTypeImported), Tags: tags}
		if in.CertificateArn != nil {
			if c, err = certificateOf(st, in.CertificateArn); err != nil {
				return nil, err
			}
			if c.Type != string(types.CertificateTypeImported) {
				return nil, invalid("Only certificates that were imported can be imported again.")
			}
			if len(in.Tags) > 0 {
				return nil, invalid("Tagging is not permitted on re-import.")
			}
		} else {
			c.ARN = st.Identity.ARN("acm", "certificate/"+st.UUID())
			st.Certificates[c.ARN] = c
		}
		c.Domain, c.Names, c.Chain, c.Key = names[0], names, chain, string(in.PrivateKey)
		c.Status, c.Created = string(types.CertificateStatusIssued), now
		return &acm.ImportCertificateOutput{CertificateArn: aws.String(c.ARN)}, nil
	})
}

func checkImport(in *acm.ImportCertificateInput, now time.Time) (*x509.Certificate, error) {
	if len(in.Certificate)+len(in.CertificateChain)+len(in.PrivateKey) > maxChain {
		return nil, invalid("The certificate, its chain or its key is too large.")
	}
	own, err := parseChain(in.Certificate)
	switch {
	case err != nil || len(own) == 0:
		return nil, invalid("The certificate is not in PEM format, or cannot be read.")
	case len(own) > 1:
		return nil, invalid("The certificate field contains more than one certificate. You can specify only one certificate in this field.")
	}
	leaf := own[0]
	if key, _ := pem.Decode(in.PrivateKey); key == nil || strings.Contains(key.Type, "ENCRYPTED") || key.Headers["DEK-Info"] != "" {
		return nil, invalid("The private key is not in PEM format, or is encrypted.")
	}
	if _, err := tls.X509KeyPair(in.Certificate, in.PrivateKey); err != nil {
		return nil, invalid("The private key does not match the public key in certificate.")
	}
	known := types.KeyAlgorithm("").Values()
	if !slices.Contains(known, keyAlgorithm(leaf)) {
		return nil, invalid("The key algorithm of the certificate is not supported.")
	}
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return nil, invalid("The certificate is not in its validity period.")
	}
	issuers, err := parseChain(in.CertificateChain)
	if err != nil {
		return nil, invalid("The certificate chain is not in PEM format, or cannot be read.")
	}
	for i, below := 0, leaf; i < len(issuers); i++ {
		if below.CheckSignatureFrom(issuers[i]) != nil {
			return nil, invalid("Could not validate the certificate with the certificate chain.")
		}
		below = issuers[i]
	}
	return leaf, nil
}

func parseChain(text []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for rest := text; len(bytes.TrimSpace(rest)) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("not a certificate in PEM")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// RequestCertificate makes a certificate that is signed by the world's own authority and issued at once: nobody has to prove
// that a domain is theirs. The records for DNS validation are shown as if that had been done.
func (s *Side) RequestCertificate(_ context.Context, in *acm.RequestCertificateInput) (*acm.RequestCertificateOutput, error) {
	names, err := requestedNames(in)
	if err != nil {
		return nil, err
	}
	tags, err := acmTags(in.Tags)
	if err != nil {
		return nil, err
	}
	algorithm := string(in.KeyAlgorithm)
	if algorithm == "" {
		algorithm = world.RSA2048
	}
	if !slices.Contains([]string{world.RSA2048, world.ECP256, world.ECP384}, algorithm) {
		return nil, invalid("The key algorithm " + algorithm + " cannot be requested.")
	}
	now, token := s.world.Now().UTC(), requestToken(in)
	return change(s, func(st *world.State) (*acm.RequestCertificateOutput, error) {
		for _, c := range world.Sorted(st.Certificates) {
			if token != "" && c.Token == token && now.Sub(c.Created) < tokenLifetime {
				return &acm.RequestCertificateOutput{CertificateArn: aws.String(c.ARN)}, nil
			}
		}
		c := &world.Certificate{
			ARN: st.Identity.ARN("acm", "certificate/"+st.UUID()), Domain: names[0], Names: names, Type: string(types.CertificateTypeAmazonIssued),
			Status: string(types.CertificateStatusIssued), Created: now, Validation: string(in.ValidationMethod), Token: token, Tags: tags,
		}
		if c.Validation == "" {
			c.Validation = string(types.ValidationMethodEmail)
		}
		if in.CertificateAuthorityArn != nil {
			c.Type, c.Authority, c.Validation = string(types.CertificateTypePrivate), *in.CertificateAuthorityArn, ""
		}
		var err error
		if c.Chain, c.Key, err = s.world.Issue(st, names, algorithm); err != nil {
			return nil, err
		}
		st.Certificates[c.ARN] = c
		return &acm.RequestCertificateOutput{CertificateArn: aws.String(c.ARN)}, nil
	})
}

func requestedNames(in *acm.RequestCertificateInput) ([]string, error) {
	names := []string{strings.ToLower(aws.ToString(in.DomainName))}
	for _, n := range in.SubjectAlternativeNames {
		if n = strings.ToLower(n); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, n := range names {
		if !world.IsName(n) || !strings.Contains(n, ".") {
			return nil, invalid("The domain name '" + n + "' is not valid.")
		}
	}
	if len(names) > maxNames {
		return nil, &types.LimitExceededException{Message: aws.String("A certificate can have at most 10 names.")}
	}
	for _, o := range in.DomainValidationOptions {
		if !slices.Contains(names, aws.ToString(o.DomainName)) {
			return nil, &types.InvalidDomainValidationOptionsException{Message: aws.String("No name of the certificate is " + aws.ToString(o.DomainName))}
		}
	}
	return names, nil
}

// requestToken stands for a request with its idempotency token; ACM compares both.
func requestToken(in *acm.RequestCertificateInput) string {
	if aws.ToString(in.IdempotencyToken) == "" {
		return ""
	}
	text, err := json.Marshal([]any{
		in.IdempotencyToken, in.DomainName, in.SubjectAlternativeNames, in.ValidationMethod, in.CertificateAuthorityArn, in.KeyAlgorithm,
	})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// validations are the records that would have proved the domains: one a domain, a wildcard counts as its parent.
func validations(c certificate) []types.DomainValidation {
	var out []types.DomainValidation
	if c.Validation == "" {
		return nil
	}
	status := types.DomainStatusPendingValidation
	if c.Status == string(types.CertificateStatusIssued) {
		status = types.DomainStatusSuccess
	}
	for _, n := range c.Names {
		domain := strings.TrimPrefix(n, "*.")
		v := types.DomainValidation{
			DomainName: aws.String(n), ValidationDomain: aws.String(domain), ValidationStatus: status, ValidationMethod: types.ValidationMethod(c.Validation),
		}
		switch v.ValidationMethod {
		case types.ValidationMethodDns:
			sum := sha256.Sum256([]byte(c.ARN[:strings.LastIndex(c.ARN, ":")] + domain))
			h := hex.EncodeToString(sum[:])
			v.ResourceRecord = &types.ResourceRecord{
				Type: types.RecordTypeCname, Name: aws.String("_" + h[:32] + "." + domain + "."), Value: aws.String("_" + h[32:] + ".acm-validations.aws."),
			}
		case types.ValidationMethodEmail:
			for _, box := range []string{"admin", "administrator", "hostmaster", "postmaster", "webmaster"} {
				v.ValidationEmails = append(v.ValidationEmails, box+"@"+domain)
			}
		}
		out = append(out, v)
	}
	return out
}
