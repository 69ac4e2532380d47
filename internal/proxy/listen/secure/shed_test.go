package secure

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"unsafe"
)

// held is the size of the buffers of a connection.
func held(c *tls.Conn) (n int) {
	for _, at := range buffers {
		n += (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(c), at)).Cap()
	}
	return n
}

// TestASheddedConnectionHoldsLittleAndGoesOn also fails when a version of Go keeps its buffers elsewhere: then Shed does
// nothing, and has to be looked at again.
func TestASheddedConnectionHoldsLittleAndGoesOn(t *testing.T) {
	if len(buffers) != 2 {
		t.Fatalf("%d of 2 buffers found in tls.Conn", len(buffers))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	chain, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := tls.Certificate{Certificate: [][]byte{chain}, PrivateKey: key}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			near, far := net.Pipe()
			client := tls.Client(near, &tls.Config{InsecureSkipVerify: true, MaxVersion: version})
			server := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{certificate}})
			defer near.Close()
			defer far.Close()
			said := make(chan error, 1)
			go func() {
				for _, size := range []int{100, 1, 16 << 10, 60_000, 7} {
					message := bytes.Repeat([]byte("m"), size)
					if _, err := client.Write(message); err != nil {
						said <- err
						return
					}
					back := make([]byte, size)
					if _, err := io.ReadFull(client, back); err != nil || !bytes.Equal(back, message) {
						said <- err
						return
					}
				}
				said <- client.Close()
			}()
			for i, size := range []int{100, 1, 16 << 10, 60_000, 7} {
				message := make([]byte, size)
				if _, err := io.ReadFull(server, message); err != nil {
					t.Fatal(err)
				}
				if i != 2 { // and once the buffer stays
					before := held(server)
					Shed(server)
					if n := held(server); n > 0 {
						t.Errorf("%d bytes held after message %d, %d before", n, i, before)
					}
				}
				if _, err := server.Write(message); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := server.Read(make([]byte, 1)); err != io.EOF {
				t.Error(err)
			}
			if err := <-said; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWhatWasReadAheadIsNotShed has two records come at once.
func TestWhatWasReadAheadIsNotShed(t *testing.T) {
	c := tls.Server(nil, nil)
	b := (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(c), buffers[0]))
	b.WriteString("the beginning of a record")
	Shed(c)
	if b.String() != "the beginning of a record" {
		t.Errorf("%q", b.String())
	}
}
