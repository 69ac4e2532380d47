package hello_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/hello"
)

// first is what a client of the standard library sends first.
func first(t testing.TB, c *tls.Config) []byte {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	go func() { _ = tls.Client(b, c).Handshake(); b.Close() }()
	if err := a.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(a, head); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(a, body); err != nil {
		t.Fatal(err)
	}
	return append(head, body...)
}

// fragmented spreads the handshake message of one record over records of a few bytes.
func fragmented(record []byte, size int) []byte {
	var out []byte
	for body := record[5:]; len(body) > 0; {
		n := min(size, len(body))
		out = append(out, record[0], record[1], record[2], byte(n>>8), byte(n))
		out = append(out, body[:n]...)
		body = body[n:]
	}
	return out
}

func TestTheNameOfAClientHelloIsFound(t *testing.T) {
	plain := first(t, &tls.Config{ServerName: "Shop.Example"})
	for name, b := range map[string][]byte{
		"one record": plain, "records of a hundred bytes": fragmented(plain, 100), "records of one byte": fragmented(plain, 1),
		"with more behind it": append(bytes.Clone(plain), 23, 3, 3, 0, 1, 0),
		"of TLS 1.2":          first(t, &tls.Config{ServerName: "shop.example", MaxVersion: tls.VersionTLS12}),
	} {
		if got, r := hello.ServerName(b); r != hello.Named || got != "shop.example" {
			t.Errorf("%s: %q, %v", name, got, r)
		}
	}
	for n := range len(plain) {
		if _, r := hello.ServerName(plain[:n]); r != hello.More {
			t.Fatalf("%d of %d bytes: %v", n, len(plain), r)
		}
	}
	if got, r := hello.ServerName(first(t, &tls.Config{InsecureSkipVerify: true})); r != hello.Unnamed || got != "" {
		t.Errorf("without a name: %q, %v", got, r)
	}
}

// made is a ClientHello by hand with these extensions.
func made(extensions string) string {
	vector := func(n int, s string) string {
		length := len(s)
		head := []byte{byte(length >> 16), byte(length >> 8), byte(length)}
		return string(head[3-n:]) + s
	}
	body := "\x03\x03" + strings.Repeat("r", 32) + vector(1, "") + vector(2, "\x13\x01") + vector(1, "\x00") + vector(2, extensions)
	message := "\x01" + vector(3, body)
	return "\x16\x03\x01" + vector(2, message)
}

func TestOnlyAClientHelloThatFollowsTheRulesNamesAnything(t *testing.T) {
	const name = "\x00\x00\x00\x0e\x00\x0c\x00\x00\x09a.example"
	for in, want := range map[string]hello.Result{
		made(name):                      hello.Named,
		made("\x00\x10\x00\x00" + name): hello.Named,
		made(""):                        hello.Unnamed,
		made("\x00\x10\x00\x00"):        hello.Unnamed,
		made("\x00\x00\x00\x05\x00\x03\x07\x00\x00"):        hello.Foreign, // an empty name
		made("\x00\x00\x00\x06\x00\x04\x07\x00\x01x"):       hello.Unnamed, // of another kind
		made("\x00\x00\x00\x09\x00\x07\x00\x00\x04a\x00.b"): hello.Unnamed,
		made("\x00\x00\x00\x07\x00\x05\x00\x00\x02a."):      hello.Unnamed,
		made(name + name):                                          hello.Foreign,
		made("\x00\x00\x00\x00"):                                   hello.Foreign,
		made("\x00\x00\x00\x02\x00\x00"):                           hello.Foreign,
		made("\x00\x00\x00\x0a\x00\x08\x00\x00\x01a\x00\x00\x01b"): hello.Foreign, // two names
		made("\x00\x00\x00\x0e\x00\x0c\x00\x00\x0aa.example"):      hello.Foreign,
		made("\x00"):                                             hello.Foreign,
		made("\x00\x10\x00\x05x"):                                hello.Foreign,
		"GET / HTTP/1.1\r\n":                                     hello.Foreign,
		"\x16\x02":                                               hello.Foreign,
		"\x16\x03\x01\x00\x00":                                   hello.Foreign,
		"\x16\x03\x01\x40\x01":                                   hello.Foreign,
		"\x16\x03\x01\x00\x04\x02\x00\x00\x00":                   hello.Foreign, // a ServerHello
		"\x16\x03\x01\x00\x04\x01\x00\xff\xff":                   hello.Foreign, // too long
		"\x16\x03\x01\x00\x04\x01\x00\x00\x00":                   hello.Foreign, // empty
		"\x16\x03\x01\x00\x02\x01\x00" + "\x17\x03\x03\x00\x01x": hello.Foreign, // another record between
		"":     hello.More,
		"\x16": hello.More,
		strings.Repeat("\x16\x03\x01\x00\x01\x01", 1): hello.More,
	} {
		if got, r := hello.ServerName([]byte(in)); r != want {
			t.Errorf("%q: %q, %v, want %v", in, got, r, want)
		}
	}
	endless := strings.Repeat("\x16\x03\x01\x00\x02\x01\x00", hello.MaxBytes/7+1)
	if _, r := hello.ServerName([]byte("\x16\x03\x01\x00\x04\x01\x00\x7f\x00" + endless)); r != hello.Foreign {
		t.Errorf("a hello without end: %v", r)
	}
}

// FuzzServerName compares with crypto/tls: whenever that reads a name out of a first record, so do we, and the same one.
func FuzzServerName(f *testing.F) {
	f.Add(first(f, &tls.Config{ServerName: "shop.example"}))
	f.Add(fragmented(first(f, &tls.Config{ServerName: "shop.example"}), 50))
	f.Add([]byte(made("\x00\x00\x00\x0e\x00\x0c\x00\x00\x09a.example")))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		name, r := hello.ServerName(b)
		if (r == hello.Named) != (name != "") {
			t.Fatalf("%q, %v", name, r)
		}
		theirs, asked := "", false
		conn := &recorded{Reader: bytes.NewReader(b)}
		server := tls.Server(conn, &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			theirs, asked = strings.ToLower(h.ServerName), true
			return nil, io.EOF
		}})
		_ = server.Handshake() // it never succeeds
		if asked && r == hello.Named && theirs != name {
			t.Fatalf("%q here, %q there", name, theirs)
		}
	})
}

// recorded is a connection that has sent everything it will.
type recorded struct{ io.Reader }

func (*recorded) Write(p []byte) (int, error)      { return len(p), nil }
func (*recorded) Close() error                     { return nil }
func (*recorded) LocalAddr() net.Addr              { return nil }
func (*recorded) RemoteAddr() net.Addr             { return nil }
func (*recorded) SetDeadline(time.Time) error      { return nil }
func (*recorded) SetReadDeadline(time.Time) error  { return nil }
func (*recorded) SetWriteDeadline(time.Time) error { return nil }
