package compile

import (
	"cmp"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// Settings are the attributes of a load balancer and its listener that the data plane honours, parsed once.
type Settings struct {
	// IdleTimeout closes a connection on which nothing moves, on either side. ELB: idle_timeout.timeout_seconds, 60 s.
	// 0 with DialectNginx, whose timeouts are per rule (Policy.Timeouts) and per phase.
	IdleTimeout time.Duration
	// ClientKeepAlive is the greatest age of a client's connection. ELB: client_keep_alive.seconds, 3600 s; an hour with
	// DialectNginx (keepalive_time). 0: none.
	ClientKeepAlive time.Duration
	// KeepAliveIdle is how long a client's connection may wait for its next request: 75 s with DialectNginx
	// (keep-alive), IdleTimeout otherwise.
	KeepAliveIdle time.Duration
	// KeepAliveRequests is the number of requests after which a client's connection is closed; 0: unlimited.
	KeepAliveRequests int
	// HeadTimeout and BodyTimeout bound the time for a whole head, and that between two reads of a body; 0: those of the
	// driver. With DialectNginx (client-header-timeout, client-body-timeout).
	HeadTimeout, BodyTimeout time.Duration
	// LineLimit and HeadLimit bound a request line or field, and all of a head, in bytes; 0: the dialect's. With DialectNginx
	// (large-client-header-buffers).
	LineLimit, HeadLimit int
	// Underscores keeps fields with "_" in their names. With DialectNginx (enable-underscores-in-headers).
	Underscores bool
	// Desync says what happens to requests with unclear framing. ELB: routing.http.desync_mitigation_mode.
	Desync http1.Desync
	// DropInvalidHeaders removes fields whose names hold more than letters, digits and hyphens. ELB:
	// routing.http.drop_invalid_header_fields.enabled, false; true with DialectNginx (ignore-invalid-headers).
	DropInvalidHeaders bool
	// PreserveHost sends Host as received. ELB: routing.http.preserve_host_header.enabled, false.
	PreserveHost bool
	// TLSHeaders sends X-Amzn-Tls-Version and -Cipher-Suite. ELB:
	// routing.http.x_amzn_tls_version_and_cipher_suite.enabled, false.
	TLSHeaders bool
	// Fields are the names of the fields that tell targets of a client's TLS.
	Fields RequestFields
	// ForwardedForPort adds the client's port to X-Forwarded-For. ELB: routing.http.xff_client_port.enabled, false.
	ForwardedForPort bool
	// ForwardedFor is what happens to X-Forwarded-For. ELB: routing.http.xff_header_processing.mode.
	ForwardedFor ForwardedForMode
	// HTTP2 offers HTTP/2 on TLS listeners. ELB: routing.http2.enabled, true.
	HTTP2 bool
	// ServerHeader names the load balancer on responses made here. ELB listener:
	// routing.http.response.server.enabled, true. Never with DialectNginx (server-tokens off).
	ServerHeader bool
	// WAFFailOpen lets requests pass that the web ACL could not be asked about. ELB: waf.fail_open.enabled, false.
	WAFFailOpen bool
	// ResponseHeaders are set on every response. ELB listener: routing.http.response.<name>.header_value.
	ResponseHeaders []ResponseHeader
}

// Head is how long all of a request head may take, given the driver's time for it.
func (s *Settings) Head(driver time.Duration) time.Duration {
	if s == nil {
		return driver
	}
	return cmp.Or(s.HeadTimeout, driver)
}

// Patience is how long a client may pause within a body, given the driver's time for it; nothing may move for longer than
// IdleTimeout.
func (s *Settings) Patience(driver time.Duration) time.Duration {
	if s == nil {
		return driver
	}
	return cmp.Or(s.IdleTimeout, s.BodyTimeout, driver)
}

// Stall is how long a client may take nothing of a response, given the driver's time for it.
func (s *Settings) Stall(driver time.Duration) time.Duration {
	if s == nil {
		return driver
	}
	return cmp.Or(s.IdleTimeout, driver)
}

// http1 is what the parser needs to know of a listener.
func (s *Settings) http1(d model.Dialect) http1.Config {
	if d == model.DialectNginx {
		c := http1.ConfigNginx()
		c.Policy.DropInvalid, c.Policy.Underscores = s.DropInvalidHeaders, s.Underscores
		if s.LineLimit > 0 {
			c.Limits.RequestLine, c.Limits.Field = s.LineLimit, s.LineLimit
		}
		if s.HeadLimit > 0 {
			c.Limits.Head = s.HeadLimit
		}
		return c
	}
	c := http1.ConfigELB(s.Desync)
	c.Policy.DropInvalid = s.DropInvalidHeaders
	return c
}

// ResponseHeader is a field that a listener sets on every response.
type ResponseHeader struct {
	Name, Value string
}

// ForwardedForMode is what ELB does with X-Forwarded-For.
type ForwardedForMode uint8

// X-Forwarded-For modes.
const (
	ForwardedForAppend ForwardedForMode = iota
	ForwardedForPreserve
	ForwardedForRemove
)

// defaultSettings are what holds without any attribute.
func defaultSettings(d model.Dialect) Settings {
	if d == model.DialectNginx {
		return Settings{
			KeepAliveIdle: 75 * time.Second, KeepAliveRequests: 1000, ClientKeepAlive: time.Hour, Desync: http1.Internal,
			DropInvalidHeaders: true, HTTP2: true,
		}
	}
	return Settings{
		IdleTimeout: time.Minute, KeepAliveIdle: time.Minute, ClientKeepAlive: time.Hour, Desync: http1.Defensive,
		HTTP2: true, ServerHeader: true, Fields: defaultRequestFields(),
	}
}
