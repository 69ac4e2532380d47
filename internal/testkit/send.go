package testkit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// requestTimeout bounds one request of a case.
const requestTimeout = 20 * time.Second

// reply is what a client got.
type reply struct {
	status      int
	header      http.Header
	trailer     http.Header
	body        []byte
	certificate []string
	connection  *connection
}

// send carries a request out against an address. HTTP/1 requests are written by hand, so that path and fields go out
// exactly as the case has them.
func (r *request) send(to netip.AddrPort) (*reply, error) {
	r = r.watched()
	ctx, cancel := context.WithTimeout(context.Background(), r.patience())
	defer cancel()
	if r.datagrams() {
		return r.sendDatagram(ctx, to)
	}
	if r.proto == "http2" {
		return r.sendHTTP2(ctx, to)
	}
	conn, certificate, err := r.dial(ctx, to, "http/1.1")
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	// The server may answer before it has read everything (413), so the request is written beside the reading.
	written := make(chan error, 1)
	go func() { written <- r.write(conn) }()
	if r.flow.outcome == outcomeLeaves {
		return nil, r.flow.leave(ctx)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.method})
	if err != nil {
		select {
		case werr := <-written:
			err = errors.Join(err, werr)
		default:
		}
		return nil, err
	}
	defer response.Body.Close()
	if response.Close {
		response.Header.Set("Connection", "close") // the standard library takes it out
	}
	body, err := io.ReadAll(response.Body)
	// Whoever refuses a PROXY header leaves the rest of it unread, and its system breaks the connection off behind the answer.
	refused := r.flow.header != "" && response.StatusCode == http.StatusBadRequest && errors.Is(err, syscall.ECONNRESET)
	if err != nil && !refused {
		return nil, fmt.Errorf("status %d, then: %w", response.StatusCode, err)
	}
	return &reply{response.StatusCode, response.Header, response.Trailer, body, certificate, r.tls.seen}, nil
}

// dial connects, with TLS for https. The names in the certificate are looked at, not judged.
func (r *request) dial(ctx context.Context, to netip.AddrPort, alpn string) (net.Conn, []string, error) {
	conn, err := r.dialer().DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, nil, err
	}
	if err := r.begin(conn); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	if r.url.Scheme == "http" {
		return conn, nil, nil
	}
	name := r.sni
	if name == "" {
		name = r.url.Hostname()
	}
	t, err := r.tls.secure(ctx, conn, name, alpn)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	var names []string
	if leaf := t.ConnectionState().PeerCertificates; len(leaf) > 0 {
		names = leaf[0].DNSNames
	}
	return t, names, nil
}

func (r *request) write(conn io.Writer) error {
	version := "HTTP/1.1"
	if r.proto == "http1.0" {
		version = "HTTP/1.0"
	}
	var b bytes.Buffer
	if r.flow.line != "" {
		b.WriteString(r.flow.line + "\r\n")
	} else {
		fmt.Fprintf(&b, "%s %s %s\r\n", r.method, r.target, version)
	}
	if !r.flow.noHost && !r.hasHeader("Host") {
		fmt.Fprintf(&b, "Host: %s\r\n", r.url.Host)
	}
	for _, h := range r.headers {
		b.WriteString(h + "\r\n")
	}
	switch {
	case r.chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case r.body != "":
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.body))
	}
	if !r.hasHeader("Connection") {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	if !r.chunked {
		b.WriteString(r.body)
	} else {
		if r.body != "" {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(r.body), r.body)
		}
		b.WriteString("0\r\n")
		for _, t := range r.trailers {
			b.WriteString(t + "\r\n")
		}
		b.WriteString("\r\n")
	}
	_, err := conn.Write(r.flow.sent(b.Bytes()))
	return err
}

func (r *request) hasHeader(name string) bool {
	for _, h := range r.headers {
		if key, _, _ := strings.Cut(h, ":"); strings.EqualFold(key, name) {
			return true
		}
	}
	return false
}

// sendHTTP2 uses the standard library's client.
func (r *request) sendHTTP2(ctx context.Context, to netip.AddrPort) (*reply, error) {
	var certificate []string
	transport := &http.Transport{
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, names, err := r.dial(ctx, to, "h2")
			certificate = names
			return conn, err
		},
	}
	defer transport.CloseIdleConnections()
	path, query, _ := strings.Cut(r.target, "?")
	out, err := http.NewRequestWithContext(ctx, r.method, "https://"+r.url.Host, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	out.URL = &url.URL{Scheme: "https", Host: r.url.Host, Opaque: path, RawQuery: query}
	if r.chunked {
		out.ContentLength = -1
	}
	for _, h := range r.headers {
		key, value, _ := strings.Cut(h, ":")
		out.Header.Add(key, strings.TrimSpace(value))
	}
	for _, t := range r.trailers {
		key, value, _ := strings.Cut(t, ":")
		if out.Trailer == nil {
			out.Trailer = http.Header{}
		}
		out.Trailer.Add(key, strings.TrimSpace(value))
	}
	response, err := transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.ProtoMajor != 2 {
		return nil, fmt.Errorf("answered with %s", response.Proto)
	}
	body, err := io.ReadAll(response.Body)
	// Whoever refuses a PROXY header leaves the rest of it unread, and its system breaks the connection off behind the answer.
	refused := r.flow.header != "" && response.StatusCode == http.StatusBadRequest && errors.Is(err, syscall.ECONNRESET)
	if err != nil && !refused {
		return nil, fmt.Errorf("status %d, then: %w", response.StatusCode, err)
	}
	return &reply{response.StatusCode, response.Header, response.Trailer, body, certificate, r.tls.seen}, nil
}

func basic(credentials string) string { return base64.StdEncoding.EncodeToString([]byte(credentials)) }
