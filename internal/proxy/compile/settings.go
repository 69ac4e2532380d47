package compile

import (
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
	// Desync says what happens to requests with unclear framing. ELB: routing.http.desync_mitigation_mode.
	Desync http1.Desync
	// DropInvalidHeaders removes fields whose names hold more than letters, digits and hyphens. ELB:
	// routing.http.drop_invalid_header_fields.enabled, false; always with DialectNginx (ignore-invalid-headers).
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

// http1 is what the parser needs to know of a listener.
func (s *Settings) http1(d model.Dialect) http1.Config {
	if d == model.DialectNginx {
		return http1.ConfigNginx()
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
