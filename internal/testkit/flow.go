package testkit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// Outcomes in place of a status: what becomes of a connection or datagram that is not answered.
const (
	outcomeReset   = "reset"
	outcomeClosed  = "closed"
	outcomeSilence = "silence"
)

// silenceFor is how long nothing has to come for silence.
const silenceFor = 300 * time.Millisecond

// flowWish is what a line says about what lies below requests: the address that the client comes from (client=127.0.0.9), a
// header of the PROXY protocol in front (proxy=v1:FROM>TO, proxy=v2:FROM>TO, or proxy=TEXT), the first bytes sent apart
// (split), and an outcome. The scheme udp sends the body as one datagram; a body of "0x..." is hexadecimal.
type flowWish struct {
	client  netip.Addr
	header  string
	split   bool
	outcome string
	// line, noHost and cut are about the bytes of the request (see takeRaw).
	line   string
	noHost bool
	cut    int
}

// take reads an argument and says whether it is one of these.
func (w *flowWish) take(key, value string) (known bool, err error) {
	switch key {
	case "client":
		w.client, err = netip.ParseAddr(value)
	case "proxy":
		w.header, err = proxyHeader(value)
	case "split":
		w.split = true
	default:
		return w.takeRaw(key, value)
	}
	return true, err
}

// expects reads an outcome and says whether it is one.
func (w *flowWish) expects(word string) bool {
	if word == outcomeReset || word == outcomeClosed || word == outcomeSilence || word == outcomeLeaves {
		w.outcome = word
	}
	return w.outcome != ""
}

// proxyHeader makes a header.
func proxyHeader(text string) (string, error) {
	version, ends, ok := strings.Cut(text, ":")
	if !ok || version != "v1" && version != "v2" {
		return text + "\r\n", nil
	}
	a, b, ok := strings.Cut(ends, ">")
	from, err1 := netip.ParseAddrPort(a)
	to, err2 := netip.ParseAddrPort(b)
	if err := errors.Join(err1, err2); !ok || err != nil {
		return "", fmt.Errorf("%q is no FROM>TO: %w", ends, err)
	}
	six := from.Addr().Is6()
	if version == "v1" {
		family := "TCP4"
		if six {
			family = "TCP6"
		}
		return fmt.Sprintf("PROXY %s %s %s %d %d\r\n", family, from.Addr(), to.Addr(), from.Port(), to.Port()), nil
	}
	head, length := byte(0x11), uint16(12)
	if six {
		head, length = 0x21, 36
	}
	out := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), 0x21, head)
	out = binary.BigEndian.AppendUint16(out, length)
	out = append(append(out, from.Addr().AsSlice()...), to.Addr().AsSlice()...)
	out = binary.BigEndian.AppendUint16(out, from.Port())
	return string(binary.BigEndian.AppendUint16(out, to.Port())), nil
}

// datagrams says whether the line sends datagrams.
func (r *request) datagrams() bool { return r.url != nil && r.url.Scheme == "udp" }

// dialer connects from the client's address.
func (r *request) dialer() *net.Dialer {
	d := &net.Dialer{}
	if a := r.flow.client; a.IsValid() {
		at := netip.AddrPortFrom(a, 0)
		if d.LocalAddr = net.Addr(net.TCPAddrFromAddrPort(at)); r.datagrams() {
			d.LocalAddr = net.UDPAddrFromAddrPort(at)
		}
	}
	return d
}

// begin sends what comes before the request.
func (r *request) begin(conn net.Conn) error {
	header := r.flow.header
	if r.flow.split && len(header) > 1 {
		if _, err := io.WriteString(conn, header[:len(header)/2]); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond) // so that the halves arrive apart
		header = header[len(header)/2:]
	}
	_, err := io.WriteString(conn, header)
	return err
}

// patience is how long an answer may take.
func (r *request) patience() time.Duration {
	if r.flow.outcome == outcomeSilence {
		return silenceFor
	}
	return requestTimeout
}

// ended compares how an exchange without an answer ended with what was to become of it.
func (r *request) ended(got *reply, err error) []string {
	was := outcomeClosed
	switch {
	case r.flow.outcome == outcomeLeaves && errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return []string{"answered: " + got.short()}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		was = outcomeReset
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		was = outcomeSilence
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return []string{err.Error()}
	}
	if was != r.flow.outcome {
		return []string{fmt.Sprintf("%s (%v)", was, err)}
	}
	return nil
}

// sendDatagram sends the body and waits for one datagram. It is sent again while nothing comes: datagrams may be lost.
func (r *request) sendDatagram(ctx context.Context, to netip.AddrPort) (*reply, error) {
	conn, err := r.dialer().DialContext(ctx, "udp", to.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	b := make([]byte, 1<<16)
	for range 5 {
		if _, err = io.WriteString(conn, r.body); err != nil {
			return nil, err
		}
		if err := conn.SetReadDeadline(time.Now().Add(r.patience() / 5)); err != nil {
			return nil, err
		}
		n := 0
		if n, err = conn.Read(b); err == nil {
			return &reply{status: 200, body: b[:n]}, nil
		}
	}
	return nil, err
}
