package mtls

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// nginx lets requests in by the certificate that their client has shown, as ingress-nginx does.
type nginx struct {
	policy  model.ClientCertificate
	subject *regexp.Regexp
	style   page.Style
}

// NewNginx makes the step that checks; nil without a policy.
func NewNginx(p *model.ClientCertificate, style page.Style) (exchange.Filter, error) {
	if p == nil {
		return nil, nil
	}
	f := nginx{policy: *p, style: style}
	if p.Subject != "" {
		var err error
		if f.subject, err = regexp.Compile(p.Subject); err != nil {
			return nil, fmt.Errorf("the expression for names of clients: %w", err)
		}
	}
	return f, nil
}

// What clients are told, in nginx's words (its internal statuses 496 and 495), and by the check of the subject. They are
// shared and must not be written to.
var (
	noCertificate  = certificatePage("No required SSL certificate was sent")
	badCertificate = certificatePage("The SSL certificate error")
	unauthorized   = []byte("client certificate unauthorized")
	plainText      = []byte("text/plain")
	htmlText       = []byte("text/html")
)

func certificatePage(reason string) []byte {
	return []byte("<html>\r\n<head><title>400 " + reason + "</title></head>\r\n" +
		"<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>" + reason + "</center>\r\n" +
		"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
}

// Request answers 400, or sends to the error page, where the certificate is missing or bad; 403 where the name does not
// fit or nothing can be verified; and 421 where the connection was made for another host, whose settings for certificates
// were in effect.
func (f nginx) Request(x *exchange.Exchange) exchange.Verdict {
	if f.policy.Broken != "" {
		f.style.Error(x, 403)
		return exchange.Respond
	}
	client := x.Conn.Client
	if x.Conn.TLS != nil && f.policy.Verify != "off" {
		if client == nil || client.Host != f.policy.Host {
			f.style.Error(x, 421)
			return exchange.Respond
		}
		if said := f.refuses(client); said != nil {
			f.refuse(x, said)
			return exchange.Respond
		}
	}
	if f.subject != nil && (client.Text() == nil || !f.subject.Match(client.Text().Subject)) {
		f.style.Fixed(x, 403, plainText, unauthorized)
		return exchange.Respond
	}
	return exchange.Continue
}

// refuses is the page for a client that is not let in; nil for one that is.
func (f nginx) refuses(client *exchange.ClientCertificate) []byte {
	switch {
	case f.policy.Verify == "optional_no_ca":
	case len(client.Chain) == 0 && f.policy.Verify == "on":
		return noCertificate
	case len(client.Chain) > 0 && client.Status != exchange.VerifyOK:
		return badCertificate
	}
	return nil
}

func (f nginx) refuse(x *exchange.Exchange, said []byte) {
	if place := f.policy.ErrorPage; strings.HasPrefix(place, "http://") || strings.HasPrefix(place, "https://") {
		f.style.Redirect(x, 302, []byte(place))
	} else {
		f.style.Fixed(x, 400, htmlText, said)
	}
	x.Response.Close = true
}

// nginxFields writes the ssl-client-* fields.
type nginxFields struct{ policy model.ClientCertificate }

// NewNginxFields makes the step that tells targets of the certificate; nil without a policy. What clients send under such
// names is removed by the step that writes the other fields.
func NewNginxFields(p *model.ClientCertificate) exchange.Filter {
	if p == nil {
		return nil
	}
	return nginxFields{*p}
}

// Request writes the fields.
func (f nginxFields) Request(x *exchange.Exchange) exchange.Verdict {
	if x.Conn.TLS == nil {
		return exchange.Continue
	}
	header := &x.Request.Header
	client := x.Conn.Client
	t := client.Text()
	switch {
	case t == nil:
		header.AddString("ssl-client-verify", []byte("NONE"))
		return exchange.Continue
	case client.Status == exchange.VerifyOK:
		header.AddString("ssl-client-verify", []byte("SUCCESS"))
	default:
		header.AddString("ssl-client-verify", []byte("FAILED:"+reasonOf(client.Status)))
	}
	if f.policy.PassCertificate {
		header.AddString("ssl-client-cert", t.Escaped)
	}
	header.AddString("ssl-client-subject-dn", t.Subject)
	header.AddString("ssl-client-issuer-dn", t.Issuer)
	return exchange.Continue
}

// reasonOf is OpenSSL's sentence for a failure.
func reasonOf(s exchange.VerifyStatus) string {
	switch s {
	case exchange.VerifyExpired:
		return "certificate has expired"
	case exchange.VerifyNotYetValid:
		return "certificate is not yet valid"
	case exchange.VerifyRevoked:
		return "certificate revoked"
	case exchange.VerifyRevocationUnknown:
		return "unable to get certificate CRL"
	case exchange.VerifyChainTooDeep:
		return "certificate chain too long"
	case exchange.VerifyPurposeInvalid:
		return "unsuitable certificate purpose"
	case exchange.VerifyUntrusted:
		return "unable to get local issuer certificate"
	}
	return "certificate rejected"
}
