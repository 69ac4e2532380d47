package upstream

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// wire answers one connection over a pipe and tells what arrived on it up to the end of a head.
func wire(t *testing.T, secure *tls.Config, answer string) (checker, <-chan string) {
	t.Helper()
	arrived := make(chan string, 1)
	return checker{dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		if secure != nil {
			theirs = tls.Server(theirs, secure)
		}
		go func() {
			defer theirs.Close() //nolint:errcheck // the check is over
			var head strings.Builder
			for in := bufio.NewReader(theirs); ; {
				line, err := in.ReadString('\n')
				head.WriteString(line)
				if err != nil || line == "\r\n" {
					break
				}
			}
			arrived <- head.String()
			_, _ = io.WriteString(theirs, answer) // the check may have gone
		}()
		return ours, nil
	}}, arrived
}

func TestTheRequestOfAHealthCheckIsThatOfELB(t *testing.T) {
	for _, c := range []struct {
		say    string
		target targetKey
		check  model.HealthCheck
		host   string
		path   string
	}{
		{"the traffic port", targetKey{id: "10.0.0.7", port: 8080}, model.HealthCheck{Path: "/up?deep=1"}, "10.0.0.7:8080", "/up?deep=1"},
		{"port 80 is told too", targetKey{id: "10.0.0.7", port: 80}, model.HealthCheck{}, "10.0.0.7:80", "/"},
		{"a port of its own", targetKey{id: "10.0.0.7", port: 8080}, model.HealthCheck{Port: "9000", Path: "/"}, "10.0.0.7:9000", "/"},
		{"an instance", targetKey{id: "i-0123", address: "10.0.0.8", port: 30080}, model.HealthCheck{Port: "traffic-port"}, "10.0.0.8:30080", "/"},
		{"IPv6", targetKey{id: "2001:db8::7", port: 8080}, model.HealthCheck{}, "[2001:db8::7]:8080", "/"},
	} {
		c.check.Protocol = model.TargetHTTP
		check := newSettings(&model.TargetGroup{Protocol: model.TargetHTTP, HealthCheck: &c.check}).check
		by, arrived := wire(t, nil, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		if v := check.run(t.Context(), by, c.target); v.reason != "" || v.code != 200 {
			t.Errorf("%s: %+v", c.say, v)
		}
		want := "GET " + c.path + " HTTP/1.1\r\nHost: " + c.host +
			"\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n"
		if got := <-arrived; got != want {
			t.Errorf("%s: asked %q, want %q", c.say, got, want)
		}
	}
}

func TestHealthChecksTakeAnyCertificateAndDoNotFollowRedirects(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	certificate := s.TLS.Certificates[0]
	for _, c := range []struct {
		answer string
		reason Reason
	}{
		{"HTTP/1.1 200 OK\r\n\r\nand a body without end", ""},
		{"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\n\r\n", ReasonCodeMismatch},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", ""},
		{"nothing of the kind", ReasonFailedChecks},
	} {
		check := newSettings(&model.TargetGroup{Protocol: model.TargetHTTPS, HealthCheck: &model.HealthCheck{Protocol: model.TargetHTTPS}}).check
		by, _ := wire(t, &tls.Config{Certificates: []tls.Certificate{certificate}}, c.answer)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if v := check.run(ctx, by, targetKey{id: "10.0.0.7", port: 443}); v.reason != c.reason {
			t.Errorf("%q: %+v, want %s", c.answer, v, c.reason)
		}
		cancel()
	}
}

func TestWhatGoesWrongHereIsNotTheTargetsFault(t *testing.T) {
	check := newSettings(&model.TargetGroup{Protocol: model.TargetHTTP, HealthCheck: &model.HealthCheck{Protocol: model.TargetHTTP}}).check
	for _, c := range []struct {
		err  error
		want Reason
	}{
		{syscall.EMFILE, ReasonInternalError},
		{syscall.ENFILE, ReasonInternalError},
		{syscall.EADDRNOTAVAIL, ReasonInternalError},
		{syscall.ENOBUFS, ReasonInternalError},
		{syscall.ECONNREFUSED, ReasonFailedChecks},
		{syscall.EHOSTUNREACH, ReasonFailedChecks},
	} {
		by := checker{dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: c.err}
		}}
		if v := check.run(t.Context(), by, targetKey{id: "10.0.0.7", port: 80}); v.reason != c.want || v.code != -1 {
			t.Errorf("%v: %+v, want %s", c.err, v, c.want)
		}
	}
}
