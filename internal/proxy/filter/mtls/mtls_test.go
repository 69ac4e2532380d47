package mtls_test

import (
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/mtls"
)

// of is an exchange whose client has shown a certificate.
func of(client *exchange.ClientCertificate, fields ...string) *exchange.Exchange {
	x := &exchange.Exchange{Conn: &exchange.Conn{TLS: &tls.ConnectionState{}, Client: client}}
	for i := 0; i < len(fields); i += 2 {
		x.Request.Header.Add([]byte(fields[i]), []byte(fields[i+1]))
	}
	return x
}

func shown(status exchange.VerifyStatus) *exchange.ClientCertificate {
	leaf := &x509.Certificate{SerialNumber: big.NewInt(10), Raw: []byte("x")}
	return &exchange.ClientCertificate{Chain: []*x509.Certificate{leaf}, Checked: true, Status: status, Host: "a.example"}
}

// settings are those of a listener with attributes.
func settings(t *testing.T, mode string, attributes ...model.Attribute) (*model.MutualAuthentication, *compile.Settings) {
	t.Helper()
	s, _ := compile.Compile(&model.Model{LoadBalancers: []model.LoadBalancer{{
		ID: "lb", Type: model.Application, Listeners: []model.Listener{{Port: 443, Protocol: model.HTTPS, Attributes: attributes}},
	}}}, compile.Deps{})
	return &model.MutualAuthentication{Mode: mode}, s.Listener("lb", 443).Settings
}

func TestListenersThatDoNotAskNeedNoStep(t *testing.T) {
	if m, s := settings(t, "off"); mtls.NewELB(m, s) != nil || mtls.NewELB(nil, s) != nil {
		t.Error("there is a step")
	}
	if f, err := mtls.NewNginx(nil, page.Style{}); f != nil || err != nil {
		t.Errorf("%v, %v", f, err)
	}
	if mtls.NewNginxFields(nil) != nil {
		t.Error("there is a step for fields")
	}
}

func TestNoClientGetsItsOwnTextPastUs(t *testing.T) {
	m, s := settings(t, "verify", model.Attribute{Key: "routing.http.request.x_amzn_mtls_clientcert_subject.header_name", Value: "X-Who"})
	f := mtls.NewELB(m, s)
	for _, name := range []string{"X-Who", "x-who", "X_Who", "x_WHO", "X-Amzn-Mtls-Clientcert-Leaf"} {
		x := of(&exchange.ClientCertificate{}, name, "forged", "Accept", "*/*")
		f.Request(x)
		if x.Request.Header.Len() != 1 {
			t.Errorf("%s gets through", name)
		}
	}
}

func TestNothingIsToldOfACertificateThatWasNotVerified(t *testing.T) {
	m, s := settings(t, "verify")
	f := mtls.NewELB(m, s)
	for client, want := range map[*exchange.ClientCertificate]int{
		nil: 0, shown(exchange.VerifyOK): 5, shown(exchange.VerifyExpired): 0, {Checked: true}: 0,
	} {
		x := of(client)
		f.Request(x)
		if got := x.Request.Header.Len(); got != want {
			t.Errorf("%+v: %d fields, want %d", client, got, want)
		}
	}
}

func TestHostsOfClassNginxLetInWhoTheyShould(t *testing.T) {
	const good, bad, none = "good", "bad", "none"
	clients := map[string]*exchange.ClientCertificate{
		good: shown(exchange.VerifyOK), bad: shown(exchange.VerifyExpired), none: {Checked: true, Host: "a.example"},
	}
	for _, c := range []struct {
		verify, client string
		want           int
	}{
		{"on", good, 0},
		{"on", bad, 400},
		{"on", none, 400},
		{"optional", good, 0},
		{"optional", bad, 400},
		{"optional", none, 0},
		{"optional_no_ca", good, 0},
		{"optional_no_ca", bad, 0},
		{"optional_no_ca", none, 0},
	} {
		f, err := mtls.NewNginx(&model.ClientCertificate{Host: "a.example", Verify: c.verify}, page.Style{Dialect: model.DialectNginx})
		if err != nil {
			t.Fatal(err)
		}
		x := of(clients[c.client])
		verdict := f.Request(x)
		if x.Response.Status != c.want || (verdict == exchange.Respond) != (c.want != 0) {
			t.Errorf("%s, %s certificate: %d, want %d", c.verify, c.client, x.Response.Status, c.want)
		}
	}
	f, err := mtls.NewNginx(&model.ClientCertificate{Host: "b.example", Verify: "on"}, page.Style{Dialect: model.DialectNginx})
	if err != nil {
		t.Fatal(err)
	}
	x := of(clients[good])
	if f.Request(x); x.Response.Status != 421 {
		t.Errorf("another host's connection: %d", x.Response.Status)
	}
	if _, err := mtls.NewNginx(&model.ClientCertificate{Subject: "("}, page.Style{}); err == nil {
		t.Error("a broken expression is taken")
	}
}
