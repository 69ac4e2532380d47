package compile_test

import (
	"crypto/tls"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// served is the ID of the certificate for a name; modern clients take all kinds of keys.
func served(s *compile.Snapshot, lb, name string, schemes ...tls.SignatureScheme) string {
	if schemes == nil {
		schemes = []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.PSSWithSHA256}
	}
	c := s.Listener(lb, 443).Certificate(&tls.ClientHelloInfo{
		ServerName: name, SupportedVersions: []uint16{tls.VersionTLS13}, SignatureSchemes: schemes,
		SupportedCurves: []tls.CurveID{tls.X25519}, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256},
	})
	if c == nil {
		return "none"
	}
	return c.ID
}

// withTLS gives a host's unit a certificate.
func withTLS(u compile.Unit, certs ...model.Certificate) compile.Unit {
	for _, c := range certs {
		u.Model.Certificates = append(u.Model.Certificates, c)
		l := &u.Model.LoadBalancers[0].Listeners[1]
		l.Certificates = append(l.Certificates, c.ID)
	}
	return u
}

func TestClassNginxServesACertificateForTheHostsOfItsUnit(t *testing.T) {
	both := certificate(t, "secret/shop/both", "ecdsa", "*.example", "a.example")
	w := newWorld()
	deps := w.deps()
	own, err := tls.X509KeyPair(both.Chain, both.Key)
	if err != nil {
		t.Fatal(err)
	}
	deps.DefaultCertificate = &own
	s, diags := compile.Apply(nil, []compile.Unit{
		nginxBase(),
		withTLS(nginxHost("a.example", rule(1, "a.example", "/", forwardTo("web"))), both),
		withTLS(nginxHost("*.w.example", rule(1, "*.w.example", "/", forwardTo("web"))),
			certificate(t, "secret/shop/w", "ecdsa", "*.w.example")),
		withTLS(nginxHost("c.example", rule(1, "c.example", "/", forwardTo("web"))),
			certificate(t, "secret/shop/other", "ecdsa", "other.example")),
		withTLS(nginxHost("broken.example", rule(1, "broken.example", "/", forwardTo("web"))),
			model.Certificate{ID: "secret/shop/broken", Chain: []byte("x"), Key: []byte("y")}),
	}, nil, deps)
	if len(diags) != 1 || diags[0].Code != diag.CertificateBroken.Code || diags[0].Object.String() != "Secret shop/broken" {
		t.Errorf("diagnostics: %v", diags)
	}
	for name, want := range map[string]string{
		"a.example": "secret/shop/both", "A.Example.": "secret/shop/both", "x.w.example": "secret/shop/w",
		"b.example": "default", "c.example": "default", "x.y.w.example": "default", "": "default", "broken.example": "default",
	} {
		if got := served(s, "nginx", name); got != want {
			t.Errorf("%q gets %s, want %s", name, got, want)
		}
	}
	s, _ = compile.Apply(s, nil, []string{"nginx/host/a.example"}, deps)
	if got := served(s, "nginx", "a.example"); got != "default" {
		t.Errorf("a removed host still gets %s", got)
	}
}

func TestAWSListenersServeTheBestCertificateThatTheClientCanUse(t *testing.T) {
	unit := albGroup("g", rule(1, "", "/", forwardTo("web")))
	lb := &unit.Model.LoadBalancers[0]
	lb.Listeners = append(lb.Listeners, model.Listener{
		Port: 443, Protocol: model.HTTPS, DefaultCertificate: "rsa",
		Certificates: []string{"ecdsa", "wild", "arn:aws:acm:x", "gone"},
	})
	unit.Model.Certificates = []model.Certificate{
		certificate(t, "rsa", "rsa", "a.example"), certificate(t, "ecdsa", "ecdsa", "a.example"),
		certificate(t, "wild", "ecdsa", "*.example"),
		{ID: "arn:aws:acm:x"},
	}
	s, diags := apply(t, unit)
	if len(diags) != 2 || diags[0].Code != diag.CertificateElsewhere.Code || diags[1].Code != diag.CertificateMissing.Code {
		t.Errorf("diagnostics: %v", diags)
	}
	for name, want := range map[string]string{
		"a.example": "ecdsa", "b.example": "wild", "x.b.example": "rsa", "": "rsa", "other": "rsa",
	} {
		if got := served(s, "alb/g", name); got != want {
			t.Errorf("%q gets %s, want %s", name, got, want)
		}
	}
	if got := served(s, "alb/g", "a.example", tls.PSSWithSHA256); got != "rsa" {
		t.Errorf("a client without ECDSA gets %s", got)
	}
}

func TestCertificatesAreParsedOncePerContent(t *testing.T) {
	c := certificate(t, "secret/shop/c", "ecdsa", "a.example", "b.example")
	w := newWorld()
	a := withTLS(nginxHost("a.example", rule(1, "a.example", "/", forwardTo("web"))), c)
	b := withTLS(nginxHost("b.example", rule(1, "b.example", "/", forwardTo("web"))), c)
	s, _ := compile.Apply(nil, []compile.Unit{nginxBase(), a, b}, nil, w.deps())
	pick := func(name string) *compile.Certificate {
		return s.Listener("nginx", 443).Certificate(&tls.ClientHelloInfo{ServerName: name})
	}
	if pick("a.example") != pick("b.example") {
		t.Error("the same content was parsed for each unit")
	}
	was := pick("a.example")
	renewed := certificate(t, "secret/shop/c", "ecdsa", "a.example", "b.example")
	s, _ = compile.Apply(s, []compile.Unit{
		withTLS(nginxHost("a.example", rule(1, "a.example", "/", forwardTo("web"))), renewed),
		withTLS(nginxHost("b.example", rule(1, "b.example", "/", forwardTo("web"))), renewed),
	}, nil, w.deps())
	if now := pick("a.example"); now == was || now != pick("b.example") {
		t.Error("renewed content was not taken for both units")
	}
}
