package compile_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/basicauth"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// fakeGroup stands in for a target group.
type fakeGroup struct {
	id    string
	empty bool
}

func (g *fakeGroup) ID() string  { return g.id }
func (g *fakeGroup) Ready() bool { return !g.empty }

// world makes handles: the same one for the same ID. Groups whose ID starts with "empty" have no targets.
type world struct {
	groups map[string]*fakeGroup
	asked  []string
}

func newWorld() *world { return &world{groups: map[string]*fakeGroup{}} }

func (w *world) deps() compile.Deps {
	return compile.Deps{
		Group: func(tg *model.TargetGroup) exchange.Group {
			w.asked = append(w.asked, tg.ID)
			if w.groups[tg.ID] == nil {
				w.groups[tg.ID] = &fakeGroup{id: tg.ID, empty: strings.HasPrefix(tg.ID, "empty")}
			}
			return w.groups[tg.ID]
		},
		Filters: filter.Order(filter.Tools{Verifier: basicauth.NewVerifier([32]byte{1}, 1), Keys: &keyring.Keeper{}}),
	}
}

// forwardTo is an action to one target group.
func forwardTo(group string) []model.Action {
	return []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: group, Weight: 1}},
	}}}
}

// rule makes a rule for a path.
func rule(priority int32, host, path string, actions []model.Action) model.Rule {
	r := model.Rule{Priority: priority, Actions: actions, Source: model.Source{
		Kind: "Ingress", Namespace: "shop", Name: host, Path: path,
	}}
	if host != "" {
		r.Conditions = append(r.Conditions, model.Condition{Field: model.HostHeader, Values: []string{host}})
	}
	if path != "" {
		r.Conditions = append(r.Conditions, model.Condition{Field: model.PathPattern, Values: []string{path, strings.TrimSuffix(path, "/") + "/*"}})
	}
	return r
}

// nginxBase is the unit of class nginx that all hosts share.
func nginxBase() compile.Unit {
	return compile.Unit{Key: "nginx/base", Model: &model.Model{LoadBalancers: []model.LoadBalancer{{
		ID: "nginx", Type: model.Application, Dialect: model.DialectNginx,
		Listeners: []model.Listener{
			{Port: 80, Protocol: model.HTTP, DefaultActions: notFound()},
			{Port: 443, Protocol: model.HTTPS, DefaultCertificate: "default", SameRulesAs: 80},
		},
	}}}}
}

func notFound() []model.Action {
	return []model.Action{{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 404}}}
}

// nginxHost is the unit of a host with rules.
func nginxHost(host string, rules ...model.Rule) compile.Unit {
	m := &model.Model{LoadBalancers: []model.LoadBalancer{{
		ID: "nginx", Type: model.Application, Dialect: model.DialectNginx,
		Listeners: []model.Listener{
			{Port: 80, Protocol: model.HTTP, Rules: rules},
			{Port: 443, Protocol: model.HTTPS, SameRulesAs: 80},
		},
	}}}
	for _, r := range rules {
		for _, a := range r.Actions {
			if a.Forward == nil {
				continue
			}
			for _, g := range a.Forward.TargetGroups {
				m.TargetGroups = append(m.TargetGroups, model.TargetGroup{ID: g.TargetGroup})
			}
		}
	}
	return compile.Unit{Key: "nginx/host/" + host, Model: m}
}

// albGroup is the unit of an IngressGroup with one HTTP listener.
func albGroup(name string, rules ...model.Rule) compile.Unit {
	u := nginxHost(name, rules...)
	lb := &u.Model.LoadBalancers[0]
	lb.ID, lb.Dialect, lb.Name = "alb/"+name, model.DialectELB, "k8s-"+name
	lb.Listeners = lb.Listeners[:1]
	lb.Listeners[0].DefaultActions = notFound()
	u.Key = "alb/group/" + name
	return u
}

// ask parses a request as a driver does and lets the listener decide.
func ask(t testing.TB, s *compile.Snapshot, lb string, port int32, head string) *exchange.Exchange {
	t.Helper()
	l := s.Listener(lb, port)
	if l == nil {
		t.Fatalf("there is no listener %s:%d", lb, port)
	}
	conn := &exchange.Conn{Remote: netip.MustParseAddrPort("192.0.2.7:4711"), Port: uint16(port)}
	if l.TLS() {
		conn.TLS = &tls.ConnectionState{Version: tls.VersionTLS13}
	}
	x := &exchange.Exchange{Conn: conn, Start: time.Unix(0x67c6a1bf, 0), Random: [2]uint64{1 << 62, 2}}
	text := bytes.ReplaceAll([]byte(head+"\n\n"), []byte("\n"), []byte("\r\n"))
	if _, err := http1.ParseRequest(text, &x.Request, &l.HTTP1); err != nil {
		t.Fatalf("%s: %v", head, err)
	}
	if l.Decide(x) == exchange.Respond && x.Response.Status == 0 {
		t.Fatalf("%s: no response was made", head)
	}
	if x.Group == nil {
		l.Finish(x)
	}
	return x
}

// answer is an outcome in short: a status, or "-> group" with the path where it was changed.
func answer(x *exchange.Exchange) string {
	if x.Group == nil {
		place, _ := x.Response.Header.Get("Location")
		if len(place) > 0 {
			return fmt.Sprintf("%d %s", x.Response.Status, place)
		}
		return fmt.Sprint(x.Response.Status)
	}
	if x.UpstreamPath != nil {
		return fmt.Sprintf("-> %s %s", x.Group.ID(), x.UpstreamPath)
	}
	return "-> " + x.Group.ID()
}

func get(host, path string) string { return "GET " + path + " HTTP/1.1\nHost: " + host }

// certificate makes a self-signed one; kind is ecdsa or rsa.
func certificate(t testing.TB, id, kind string, names ...string) model.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: id}, DNSNames: names,
		NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(1900000000, 0),
	}
	var key, public any
	if kind == "rsa" {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		key, public = k, &k.PublicKey
	} else {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		key, public = k, &k.PublicKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return model.Certificate{
		ID:    id,
		Chain: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}
}
