package datagram_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/gwanmun/gwanmun/internal/model"
)

// routable makes connection ids that lead to a server: a zero, its id, and seven bytes at random.
type routable struct{ server uint64 }

func (r routable) GenerateConnectionID() (quic.ConnectionID, error) {
	b := make([]byte, 16)
	binary.BigEndian.PutUint64(b[1:], r.server)
	if _, err := rand.Read(b[9:]); err != nil {
		return quic.ConnectionID{}, err
	}
	return quic.ConnectionIDFromBytes(b), nil
}

func (routable) ConnectionIDLen() int { return 16 }

// selfMade is a certificate for nobody in particular.
func selfMade(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(4000000000, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// quicTarget is a server of QUIC that answers each stream with its name. Without a generator its ids lead nowhere.
func quicTarget(t testing.TB, name string, ids quic.ConnectionIDGenerator) model.Target {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	transport := &quic.Transport{Conn: conn, ConnectionIDGenerator: ids}
	l, err := transport.Listen(&tls.Config{Certificates: []tls.Certificate{selfMade(t)}, NextProtos: []string{"test"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept(context.Background())
			if err != nil {
				return
			}
			go func() {
				for {
					s, err := c.AcceptStream(context.Background())
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, s)
					_, _ = io.WriteString(s, name)
					_ = s.Close()
				}
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		transport.Close()
		conn.Close()
		<-done
	})
	at := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	target := model.Target{ID: "127.0.0.1", Port: int32(at.Port())}
	if r, ok := ids.(routable); ok {
		target.QUICServerID = fmt.Sprintf("0x%016x", r.server)
	}
	return target
}

// quicClient connects through the house.
func quicClient(t testing.TB, h *house) (*quic.Transport, *quic.Conn) {
	t.Helper()
	transport := newTransport(t)
	c, err := transport.Dial(t.Context(), net.UDPAddrFromAddrPort(h.socket.Address()),
		&tls.Config{InsecureSkipVerify: true, NextProtos: []string{"test"}}, &quic.Config{HandshakeIdleTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseWithError(0, "") })
	return transport, c
}

func newTransport(t testing.TB) *quic.Transport {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	transport := &quic.Transport{Conn: conn}
	t.Cleanup(func() {
		transport.Close()
		conn.Close()
	})
	return transport
}

// quicAsk opens a stream and reads who answers.
func quicAsk(t testing.TB, c *quic.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := c.OpenStreamSync(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(s, "who"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	b, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestQUICReachesATargetAndStaysThereWhenTheClientMoves(t *testing.T) {
	var targets []model.Target
	for i, name := range []string{"a", "b", "c", "d"} {
		targets = append(targets, quicTarget(t, name, routable{uint64(i + 1)}))
	}
	h := newHouse(t, plan{protocol: model.QUIC, groups: []model.TargetGroup{{Targets: targets}}})
	seen := map[string]bool{}
	for range 12 {
		_, c := quicClient(t, h)
		name := quicAsk(t, c)
		seen[name] = true
		for range 2 { // each move is another address, which alone would lead anywhere
			path, err := c.AddPath(newTransport(t))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			if err := path.Probe(ctx); err != nil {
				t.Fatalf("probe: %v", err)
			}
			cancel()
			if err := path.Switch(); err != nil {
				t.Fatal(err)
			}
			if got := quicAsk(t, c); got != name {
				t.Fatalf("after a move %q answers in place of %q", got, name)
			}
		}
	}
	if len(seen) < 2 {
		t.Errorf("twelve connections went to %v", seen)
	}
	if n := h.counts.Unroutable.Load(); n != 0 {
		t.Errorf("%d datagrams led nowhere", n)
	}
}

func TestATargetOfQUICThatDrainsKeepsItsConnections(t *testing.T) {
	a, b := quicTarget(t, "a", routable{1}), quicTarget(t, "b", routable{2})
	h := newHouse(t, plan{protocol: model.QUIC, groups: []model.TargetGroup{{
		Targets: []model.Target{a}, Attributes: []model.Attribute{{Key: "deregistration_delay.timeout_seconds", Value: "1"}},
	}}})
	_, c := quicClient(t, h)
	if got := quicAsk(t, c); got != "a" {
		t.Fatal(got)
	}
	h.registry.SetTargets("g0", []model.Target{b})
	if got := quicAsk(t, c); got != "a" {
		t.Errorf("an old connection went to %q", got)
	}
	_, fresh := quicClient(t, h)
	if got := quicAsk(t, fresh); got != "b" {
		t.Errorf("a new connection went to %q", got)
	}
	until(t, "the target is gone", func() bool { return h.registry.Lookup("g0").QUICTarget(1) == nil })
	until(t, "its datagrams lead nowhere", func() bool {
		_ = c.SendDatagram(nil) // whatever makes it send
		s, err := c.OpenStream()
		if err == nil {
			_, _ = io.WriteString(s, "x")
		}
		return h.counts.Unroutable.Load() > 0
	})
}

func TestATargetOfQUICWithoutAServerIDServesWhatDoesNotMove(t *testing.T) {
	h := newHouse(t, plan{protocol: model.QUIC, groups: []model.TargetGroup{{Targets: []model.Target{quicTarget(t, "a", nil)}}}})
	_, c := quicClient(t, h)
	if got := quicAsk(t, c); got != "a" {
		t.Errorf("%q", got)
	}
}

// long is a packet of QUIC with a long header.
func long(first byte, version uint32, id string) string {
	b := binary.BigEndian.AppendUint32([]byte{first}, version)
	return string(append(b, byte(len(id)))) + id + "\x00rest"
}

func TestOnlyWhatLeadsToATargetIsDelivered(t *testing.T) {
	e, target := newEcho(t, "one")
	target.QUICServerID = "0x00000000000000ff"
	id := string([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0xff}) + "nonce12"
	other := string([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0xfe}) + "nonce12"
	for name, c := range map[string]struct {
		packet string
		comes  bool
	}{
		"a first packet":                         {long(0xc0, 1, "8 bytes!"), true},
		"a first packet of 0-RTT":                {long(0xd0, 1, "8 bytes!"), true},
		"a first packet with an id of 20 bytes":  {long(0xc0, 1, "twenty bytes of an id"[:20]), true},
		"a first packet that names the target":   {long(0xc0, 1, id), true},
		"a first packet that names another":      {long(0xc0, 1, other), true},
		"a handshake that names the target":      {long(0xe0, 1, id), true},
		"a handshake that names another":         {long(0xe0, 1, other), false},
		"a handshake with an id that leads away": {long(0xe0, 1, "8 bytes!"), false},
		"a short header that names the target":   {"\x40" + id + "payload", true},
		"a short header that names another":      {"\x40" + other + "payload", false},
		"an id that does not begin with zero":    {"\x40\x01" + id[1:] + "payload", false},
		"a short header that is too short":       {"\x40" + id[:15], false},
		"version 2":                              {long(0xc0, 0x6b3343cf, "8 bytes!"), false},
		"version negotiation":                    {long(0x80, 0, "8 bytes!"), false},
		"an id that is too long":                 {long(0xc0, 1, "twenty bytes of an id"), false},
		"a cut head":                             {"\xc0\x00\x00\x00\x01", false},
		"an id that is cut":                      {"\xc0\x00\x00\x00\x01\x08abc", false},
		"nothing":                                {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, plan{protocol: model.QUIC, groups: []model.TargetGroup{{Targets: []model.Target{target}}}})
			before := e.seen.Load()
			conn := h.dial("")
			if c.comes {
				if got := conn.ask(c.packet); got != "one"+c.packet {
					t.Errorf("%q", got)
				}
				return
			}
			if _, err := conn.Write([]byte(c.packet)); err != nil {
				t.Fatal(err)
			}
			until(t, "it is counted", func() bool { return h.counts.Unroutable.Load() == 1 })
			if e.seen.Load() != before {
				t.Error("it was delivered")
			}
		})
	}
}

// FuzzDatagram sends anything: nothing may break, whatever it looks like.
func FuzzDatagram(f *testing.F) {
	for _, seed := range []string{"", "x", long(0xc0, 1, "8 bytes!"), long(0xc0, 2, ""), "\x40\x00\x00", "\xc0\x00\x00\x00\x01\xff"} {
		f.Add([]byte(seed))
	}
	target := bare(f)
	target.QUICServerID = "0x0000000000000001"
	h := newHouse(f, plan{protocol: model.QUIC, groups: []model.TargetGroup{{Targets: []model.Target{target}}}})
	c := h.dial("")
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 60000 {
			return
		}
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	})
}
