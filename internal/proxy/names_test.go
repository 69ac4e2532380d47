package proxy

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// rawTarget answers each request and gives out its head as it came.
func rawTarget(t *testing.T) (model.Target, <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heads := make(chan string, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(c)
			var head strings.Builder
			for {
				line, err := r.ReadString('\n')
				if head.WriteString(line); err != nil || line == "\r\n" {
					break
				}
			}
			heads <- head.String()
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			_ = c.Close()
		}
	}()
	at := netip.MustParseAddrPort(l.Addr().String())
	return model.Target{ID: at.Addr().String(), Port: int32(at.Port())}, heads
}

func certificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestNamesOfFieldsAreConvertedFromHTTP2 holds load balancers to what AWS documents: names come in lower case from clients
// of HTTP/2, and a few are spelled the usual way towards targets of HTTP/1.1.
func TestNamesOfFieldsAreConvertedFromHTTP2(t *testing.T) {
	target, heads := rawTarget(t)
	s := start(t, Options{DefaultCertificate: certificate(t)})
	s.Apply([]compile.Unit{{Key: "alb", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "alb", Name: "web", Type: model.Application, Listeners: []model.Listener{{
			Port: 443, Protocol: model.HTTPS, DefaultActions: []model.Action{{
				Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "tg", Weight: 1}}},
			}},
		}}}},
		TargetGroups: []model.TargetGroup{{ID: "tg", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80, Targets: []model.Target{target}}},
	}}}, nil)
	if err := s.Place([]Placement{{LoadBalancer: "alb", Port: 443, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}, ForceAttemptHTTP2: true, DisableCompression: true,
	}
	defer tr.CloseIdleConnections()
	for _, sent := range []map[string]string{
		{"X-Custom": "1"},
		{"X-Custom": "1", "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "x", "X-Forwarded-Port": "1", "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"},
	} {
		q, _ := http.NewRequest("GET", "https://"+s.Addresses()[0].Address.String()+"/", nil)
		q.Host = "A.example"
		for name, value := range sent {
			q.Header.Set(name, value)
		}
		p, err := tr.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		p.Body.Close()
		head := <-heads
		for _, want := range []string{
			"\r\nHost: a.example\r\n", "\r\nX-Forwarded-For: ", "\r\nX-Forwarded-Proto: https\r\n", "\r\nX-Forwarded-Port: 443\r\n",
			"\r\nX-Amzn-Trace-Id: ", "\r\nConnection: keep-alive\r\n", "\r\nx-custom: 1\r\n", "\r\nuser-agent: ",
		} {
			if strings.Count(head, want) != 1 {
				t.Errorf("not once %q in %q", want, head)
			}
		}
	}
}
