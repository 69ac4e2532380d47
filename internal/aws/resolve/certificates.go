package resolve

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

// certificates are all issued ones of the region, whatever their key. The list itself holds the names of most of them; a
// certificate is asked about by itself only when it has more names than the list shows, or a private authority.
func (r *Resolver) certificates(ctx context.Context) ([]lookup.Certificate, error) {
	list, err := remember(ctx, &r.memory, "certificates", keepARNs, r.listCertificates)
	if err != nil {
		return nil, err
	}
	out := []lookup.Certificate{}
	for i := range list {
		c, err := r.certificate(ctx, &list[i])
		switch {
		case awserr.Is(err, "ResourceNotFoundException"): // deleted since it was listed
		case err != nil:
			return nil, err
		default:
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b lookup.Certificate) int { return strings.Compare(a.ARN, b.ARN) })
	return out, nil
}

func (r *Resolver) listCertificates(ctx context.Context) ([]acmtypes.CertificateSummary, error) {
	var out []acmtypes.CertificateSummary
	pages := acm.NewListCertificatesPaginator(r.clients.ACM, &acm.ListCertificatesInput{
		CertificateStatuses: []acmtypes.CertificateStatus{acmtypes.CertificateStatusIssued},
		// Without this the list holds RSA keys of 2048 bits only.
		Includes: &acmtypes.Filters{KeyTypes: acmtypes.KeyAlgorithm("").Values()},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awserr.Wrap("ListCertificates", "", err)
		}
		out = append(out, page.CertificateSummaryList...)
	}
	return out, nil
}

func (r *Resolver) certificate(ctx context.Context, s *acmtypes.CertificateSummary) (lookup.Certificate, error) {
	arn := value(s.CertificateArn)
	whole := len(s.SubjectAlternativeNameSummaries) > 0 && !value(s.HasAdditionalSubjectAlternativeNames)
	if whole && s.Type != "" && s.Type != acmtypes.CertificateTypePrivate {
		return lookup.Certificate{ARN: arn, Names: slices.Clone(s.SubjectAlternativeNameSummaries)}, nil
	}
	keep := keepIssued
	if s.Type == acmtypes.CertificateTypeImported {
		keep = keepImported // whoever imports may import another one under the same ARN
	}
	return r.describeCertificate(ctx, arn, keep)
}

func (r *Resolver) describeCertificate(ctx context.Context, arn string, keep time.Duration) (lookup.Certificate, error) {
	return remember(ctx, &r.memory, "certificate/"+arn, keep, func(ctx context.Context) (lookup.Certificate, error) {
		out, err := r.clients.ACM.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
		if err != nil {
			return lookup.Certificate{}, awserr.Wrap("DescribeCertificate", arn, err)
		}
		c := lookup.Certificate{ARN: arn}
		if d := out.Certificate; d != nil {
			c.Names, c.Authority = slices.Clone(d.SubjectAlternativeNames), value(d.CertificateAuthorityArn)
			if len(c.Names) == 0 && d.DomainName != nil {
				c.Names = []string{*d.DomainName}
			}
		}
		return c, nil
	})
}
