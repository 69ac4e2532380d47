package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// check is a health check ready to run. It never changes.
type check struct {
	protocol       model.TargetProtocol
	port           int32 // 0: the traffic port
	path           string
	interval       time.Duration
	timeout        time.Duration
	healthyAfter   int
	unhealthyAfter int
	codes          codes
	// network says that it is the check of a network load balancer, which tells one reason only; proxyProtocol that
	// connections begin with a header.
	network, proxyProtocol bool
	// http2 and grpc ask over HTTP/2.
	http2, grpc bool
	// listener is the port of the listener in front of a network load balancer's group; 0 when none is known.
	listener int32
}

// verdict is the result of a check; an empty reason is success.
type verdict struct {
	reason      Reason
	description string
	// code is the answer's status, -1 when there was none.
	code int
}

// newCheck reads a target group's health check, nil when it has none. Defaults are those of an ALB, or of an NLB for a
// group of its protocols.
func newCheck(tg *model.TargetGroup, s *settings) *check {
	h := tg.HealthCheck
	if h == nil {
		return nil
	}
	c := &check{
		protocol: h.Protocol, path: h.Path, codes: parseCodes(h.HTTPCodes),
		interval:       time.Duration(positive(h.IntervalSeconds, 30)) * time.Second,
		timeout:        time.Duration(positive(h.TimeoutSeconds, 5)) * time.Second,
		healthyAfter:   int(positive(h.HealthyThreshold, 5)),
		unhealthyAfter: int(positive(h.UnhealthyThreshold, 2)),
	}
	if s.network {
		c.networkDefaults(h, s)
	}
	if p, err := strconv.ParseUint(h.Port, 10, 16); err == nil {
		c.port = int32(p)
	}
	if strings.ContainsFunc(c.path, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		// Nothing from a manifest may add lines to a request.
		s.ignored = append(s.ignored, fmt.Sprintf("health check path %q", c.path))
		c.path = ""
	}
	if c.protocol == "" {
		c.protocol = model.TargetHTTP
	}
	c.setVersion(tg)
	return c
}

// setVersion says how targets are asked that do not speak HTTP/1.1: gRPC health checks succeed with status 12
// (unimplemented) unless codes are given, since the method need not exist.
func (c *check) setVersion(tg *model.TargetGroup) {
	path := "/"
	if c.protocol == model.TargetHTTP || c.protocol == model.TargetHTTPS {
		c.http2 = tg.ProtocolVersion == model.HTTP2
		if c.grpc = tg.ProtocolVersion == model.GRPC; c.grpc {
			path, c.codes = "/AWS.ALB/healthcheck", parseCodes(cmp.Or(tg.HealthCheck.GRPCCodes, "12"))
		}
	}
	c.path = cmp.Or(c.path, path)
}

func positive(n, otherwise int32) int32 {
	if n > 0 {
		return n
	}
	return otherwise
}

func (c *check) equal(o *check) bool {
	return c == o || c != nil && o != nil && fmt.Sprint(*c) == fmt.Sprint(*o)
}

// firstWithin is the time over which the first checks of n targets are spread: 10 ms for each, an interval at most.
func (c *check) firstWithin(n int) time.Duration {
	return min(time.Duration(n)*10*time.Millisecond, c.interval)
}

// checker is what checks need from outside; probe may be nil.
type checker struct {
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	probe ProbeFunc
	// tls is how targets are spoken to over HTTPS; as widely as there is when nil.
	tls *tls.Config
}

// run checks one target. It uses a connection of its own that closes afterwards, does not follow redirects and does
// not verify the target's certificate.
func (c *check) run(ctx context.Context, by checker, key targetKey) verdict {
	v := c.try(ctx, by, key)
	if c.network && v.reason != "" {
		// Network load balancers tell no more than this.
		v.reason, v.description = ReasonFailedChecks, "Health checks failed"
	}
	return v
}

// address is where a target is checked.
func (c *check) address(key targetKey) string {
	if c.port != 0 {
		return net.JoinHostPort(key.host(), strconv.Itoa(int(c.port)))
	}
	return key.dial()
}

func (c *check) try(ctx context.Context, by checker, key targetKey) verdict {
	address := c.address(key)
	conn, err := by.dial(ctx, "tcp", address)
	if err != nil {
		return failure(ctx, err)
	}
	defer conn.Close() //nolint:errcheck // the verdict is known
	if c.proxyProtocol {
		if err := writeLocalHeader(ctx, conn); err != nil {
			return failure(ctx, err)
		}
	}
	if c.protocol != model.TargetHTTP && c.protocol != model.TargetHTTPS || c.grpc && by.probe == nil {
		return verdict{code: -1}
	}
	over2 := (c.http2 || c.grpc) && by.probe != nil
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return failure(ctx, err)
		}
	}
	// Giving up must also end a read: a target removed during its check is not worth waiting for.
	socket := conn // conn becomes another one below
	stop := context.AfterFunc(ctx, func() { _ = socket.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if c.protocol == model.TargetHTTPS {
		config := targetTLS()
		if by.tls != nil {
			config = by.tls.Clone()
		}
		if over2 {
			config.NextProtos = []string{"h2"}
		}
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return failure(ctx, err)
		}
		conn = secure
	}
	if c.network {
		address = c.networkHost(conn, address)
	}
	var status int
	if over2 {
		status, err = by.probe(ctx, Probe{
			Conn: conn, Authority: address, Path: c.path, TLS: c.protocol == model.TargetHTTPS, GRPC: c.grpc,
		})
	} else {
		status, err = c.ask(conn, address)
	}
	if err != nil {
		return failure(ctx, err)
	}
	if !c.codes.match(status) {
		return verdict{ReasonCodeMismatch, fmt.Sprintf("Health checks failed with these codes: [%d]", status), status}
	}
	return verdict{code: status}
}

// ask sends the request and reads the head of the answer, interim ones passed over. The body is left unread: the
// connection closes. The head is held to the same grammar and limit as those of requests.
func (c *check) ask(conn net.Conn, address string) (int, error) {
	request := "GET " + c.path + " HTTP/1.1\r\nHost: " + address +
		"\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		return 0, err
	}
	b := make([]byte, 0, 4<<10)
	var response exchange.Response
	for interim := 0; interim < maxInterim; {
		n, _, bad := http1.ParseResponse(b, &response, []byte("GET"), http1.ResponseHeadELB)
		switch {
		case bad != nil:
			return 0, bad
		case n > 0 && (response.Status >= 200 || response.Status == 101):
			return response.Status, nil
		case n > 0:
			b, response.HeadBytes = b[n:], 0
			interim++
			continue
		}
		if len(b) == cap(b) {
			b = append(make([]byte, 0, 2*len(b)+1024), b...)
		}
		n, err := conn.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil && n == 0 {
			return 0, err
		}
	}
	return 0, errors.New("too many interim responses")
}

// maxInterim bounds the interim responses before the one that counts.
const maxInterim = 16

// ours are errors of this side: a shortage of descriptors, ports or memory.
func ours(err error) bool {
	for _, e := range [...]syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func failure(ctx context.Context, err error) verdict {
	if ours(err) {
		return verdict{ReasonInternalError, "Health checks failed due to an internal error", -1}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || timedOut(ctx, err) {
		return verdict{ReasonTimeout, "Request timed out", -1}
	}
	return verdict{ReasonFailedChecks, "Health checks failed", -1}
}
