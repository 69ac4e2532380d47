package listen

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// ticketed is a house with keys.
func ticketed(t *testing.T, p plan, keys *keyring.Keeper) *house {
	t.Helper()
	p.options = func(o *Options) { o.Keys = keys }
	return newHouse(t, p)
}

// resumes sends a request with what a client has kept and says whether its session was resumed.
func (h *house) resumes(cache tls.ClientSessionCache, version uint16) bool {
	h.t.Helper()
	c, state := h.dialTLS(&tls.Config{ServerName: "a.example", ClientSessionCache: cache, MinVersion: version, MaxVersion: version})
	if r := c.get("/"); r.StatusCode != 200 {
		h.t.Errorf("status %d", r.StatusCode)
	}
	_ = c.conn.Close()
	return state.DidResume
}

func keysOf(t *testing.T, s *keyring.Set) *keyring.Ring {
	t.Helper()
	r, err := s.Ring()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReplicasResumeEachOthersSessionsThroughARotation(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, echo)}
	old, err := keyring.NewSet(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var here, there keyring.Keeper
	here.Set(keysOf(t, old))
	there.Set(keysOf(t, old))
	a, b := ticketed(t, p, &here), ticketed(t, p, &there)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cache := tls.NewLRUClientSessionCache(1)
		if a.resumes(cache, version) {
			t.Errorf("%x: the first handshake resumed something", version)
		}
		if !b.resumes(cache, version) {
			t.Errorf("%x: a ticket of one replica is not read by the other", version)
		}
		next, err := old.Rotate(rand.Reader, time.Now().Add(keyring.Turn))
		if err != nil {
			t.Fatal(err)
		}
		there.Set(keysOf(t, next)) // only one has heard of it
		if !b.resumes(cache, version) {
			t.Errorf("%x: a ticket from before the rotation is not read after it", version)
		}
		if !a.resumes(cache, version) {
			t.Errorf("%x: a ticket from after the rotation is not read by who has not heard of it", version)
		}
		there.Set(keysOf(t, old))
	}
	strangers, err := keyring.Random()
	if err != nil {
		t.Fatal(err)
	}
	cache := tls.NewLRUClientSessionCache(1)
	a.resumes(cache, tls.VersionTLS13)
	there.Set(strangers)
	if b.resumes(cache, tls.VersionTLS13) {
		t.Error("a ticket of somebody with other keys is read")
	}
}

func TestAReplicaWithoutKeysResumesItsOwnSessionsUntilItHasThem(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, echo)}
	var keys keyring.Keeper
	h := ticketed(t, p, &keys)
	cache := tls.NewLRUClientSessionCache(1)
	h.resumes(cache, tls.VersionTLS13)
	if !h.resumes(cache, tls.VersionTLS13) {
		t.Error("without keys nothing is resumed")
	}
	ring, err := keyring.Random()
	if err != nil {
		t.Fatal(err)
	}
	keys.Set(ring)
	if h.resumes(cache, tls.VersionTLS13) {
		t.Error("a ticket from before the keys is still read")
	}
	if !h.resumes(cache, tls.VersionTLS13) {
		t.Error("with keys nothing is resumed")
	}
}

func TestAChangedCertificateServesTheNextHandshakeAndEndsItsSessions(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, echo)}
	ring, err := keyring.Random()
	if err != nil {
		t.Fatal(err)
	}
	var keys keyring.Keeper
	keys.Set(ring)
	h := ticketed(t, p, &keys)
	cache := tls.NewLRUClientSessionCache(1)
	h.resumes(cache, tls.VersionTLS13)
	lasting, before := h.dialTLS(&tls.Config{ServerName: "a.example"})
	h.compile(p) // the same certificate again
	if !h.resumes(cache, tls.VersionTLS13) {
		t.Error("a change that leaves the certificate alone ends sessions")
	}
	p.chain, p.key = selfSigned(t, "a.example")
	h.compile(p)
	_, after := h.dialTLS(&tls.Config{ServerName: "a.example"})
	if bytes.Equal(before.PeerCertificates[0].Raw, after.PeerCertificates[0].Raw) {
		t.Error("the next handshake still got the old certificate")
	}
	if r := lasting.get("/"); r.StatusCode != 200 {
		t.Errorf("the old connection was answered %d", r.StatusCode)
	}
	if h.resumes(cache, tls.VersionTLS13) {
		t.Error("a session that began with the old certificate goes on under the new one")
	}
}

func TestEveryHandshakeIsToldOf(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, echo)}
	var mu sync.Mutex
	var told []exchange.Handshake
	p.options = func(o *Options) {
		o.Timeouts.Handshake = 300 * time.Millisecond
		o.Handshaken = func(l *compile.Listener, h *exchange.Handshake) {
			mu.Lock()
			defer mu.Unlock()
			if l == nil || h.Conn == nil || h.Start.IsZero() || h.Took <= 0 {
				t.Errorf("something is missing: %+v", h)
			}
			told = append(told, *h)
		}
	}
	h := newHouse(t, p)
	newest := func(n int) exchange.Handshake {
		t.Helper()
		for range 1000 {
			mu.Lock()
			if len(told) == n {
				defer mu.Unlock()
				return told[n-1]
			}
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("handshake %d was not told of", n)
		return exchange.Handshake{}
	}
	h.dialTLS(&tls.Config{ServerName: "a.example", CurvePreferences: []tls.CurveID{tls.CurveP256}})
	if got := newest(1); got.Failed || got.Status.String() != "Success" || got.Version != tls.VersionTLS13 || got.Cipher == 0 ||
		got.Group != tls.CurveP256 || got.ServerName != "a.example" {
		t.Errorf("a good one: %+v", got)
	}
	bad := tls.Client(h.dial().conn, &tls.Config{ServerName: "b.example", RootCAs: x509.NewCertPool()})
	if bad.Handshake() == nil {
		t.Fatal("the client trusts anybody")
	}
	if got := newest(2); !got.Failed || got.Alert != 42 || got.Status.String() != "Failed:UnmappedConnectionError" || got.ServerName != "b.example" {
		t.Errorf("a client that does not trust: %+v", got)
	}
	h.dial().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if got := newest(3); got.Error != "plain HTTP on a TLS port" {
		t.Errorf("plain: %+v", got)
	}
	h.dial()
	if got := newest(4); got.Error != "TLS handshake timeout" {
		t.Errorf("silence: %+v", got)
	}
	if s := h.set.Stats(); s.Handshakes.Load() != 1 || s.HandshakeErrors.Load() != 3 {
		t.Errorf("%d handshakes, %d errors", s.Handshakes.Load(), s.HandshakeErrors.Load())
	}
}

func TestAHandshakeThatIsTooLongIsCutShort(t *testing.T) {
	t.Parallel()
	p := securePlan(t, "a.example")
	failed := make(chan string, 1)
	p.options = func(o *Options) {
		o.Handshaken = func(_ *compile.Listener, h *exchange.Handshake) { failed <- h.Error }
	}
	h := newHouse(t, p)
	c := h.dial().conn
	defer c.Close()
	// A ClientHello that says it has 60,000 bytes, in records of 16 KiB.
	hello := append([]byte{1, 0, 0xea, 0x60}, make([]byte, 60_000)...)
	for len(hello) > 0 {
		n := min(len(hello), 16<<10)
		record := append([]byte{22, 3, 1, byte(n >> 8), byte(n)}, hello[:n]...)
		if _, err := c.Write(record); err != nil {
			break
		}
		hello = hello[n:]
	}
	select {
	case reason := <-failed:
		if reason != "TLS handshake too long" {
			t.Errorf("it failed for another reason: %s", reason)
		}
	case <-time.After(20 * time.Second):
		t.Error("it goes on")
	}
}

// FuzzClientHello sends anything at all in place of a handshake: nothing may break, and the connection must end.
func FuzzClientHello(f *testing.F) {
	f.Add([]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 3})
	f.Add([]byte{22, 3, 1, 0, 0})
	f.Add([]byte{21, 3, 1, 0, 2, 2, 40})
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	f.Add(recordedHello(f))
	chain, key := selfSigned(f, "a.example")
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		f.Fatal(err)
	}
	s, _ := compile.Compile(&model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "lb", Type: model.Application, Listeners: []model.Listener{{Port: 443, Protocol: model.HTTPS}}}},
	}, compile.Deps{DefaultCertificate: &pair, Group: func(*model.TargetGroup) exchange.Group { return nil }})
	l := s.Listener("lb", 443)
	config := l.TLSPolicy.Config()
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		l.CertificateSet(hello.ServerName)
		return l.Certificate(hello).TLS, nil
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, server := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, client) }() // until either side ends
		go func() {
			_, _ = client.Write(sent) // the other side may have ended
			_ = client.Close()
		}()
		over := tls.Server(server, config)
		_ = server.SetDeadline(time.Now().Add(10 * time.Second))
		if over.Handshake() == nil {
			t.Error("bytes that nobody answered to made a connection")
		}
		_ = server.Close()
	})
}

// recordedHello is what a client of the standard library begins with.
func recordedHello(f *testing.F) []byte {
	f.Helper()
	client, server := net.Pipe()
	go func() {
		_ = tls.Client(client, &tls.Config{ServerName: "a.example", InsecureSkipVerify: true}).Handshake()
	}()
	got := make([]byte, 16<<10)
	n, err := server.Read(got)
	if err != nil {
		f.Fatal(err)
	}
	_ = server.Close()
	return got[:n]
}

func TestPoliciesWithKeyExchangeByRSASpeakIt(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"a.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	p := plan{protocol: model.HTTPS, targets: []string{backend(t, echo)}}
	p.chain = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	p.key = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	for policy, speaks := range map[string]bool{"TLS13-1-2-Ext1-2021-06": true, "2016-08": true, "TLS13-1-2-2021-06": false, "FS-1-2-2019-08": false} {
		p.edit = func(m *model.Model) { m.LoadBalancers[0].Listeners[0].SSLPolicy = model.SSLPolicyPrefix + policy }
		h := newHouse(t, p)
		c := tls.Client(h.dial().conn, &tls.Config{
			InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256},
		})
		if err := c.Handshake(); (err == nil) != speaks {
			t.Errorf("%s: %v", policy, err)
		}
	}
}
