package compile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// parseSettings reads the attributes of a load balancer and a listener. A bad value is reported and the default kept.
func parseSettings(lb *model.LoadBalancer, l *model.Listener, diags *[]diag.Diagnostic) *Settings {
	s := defaultSettings(lb.Dialect)
	if lb.Dialect == model.DialectNginx {
		s.take(l.Clients)
		return &s
	}
	p := attributeReader{lb: lb, diags: diags}
	for _, a := range lb.Attributes {
		switch a.Key {
		case "idle_timeout.timeout_seconds":
			s.IdleTimeout = p.seconds(a, 1, 4000, s.IdleTimeout)
			s.KeepAliveIdle = s.IdleTimeout
		case "client_keep_alive.seconds":
			s.ClientKeepAlive = p.seconds(a, 60, 604800, s.ClientKeepAlive)
		case "routing.http.desync_mitigation_mode":
			p.oneOf(a, "defensive", "monitor", "strictest") // reports unknown ones, which are parsed as defensive
			s.Desync = http1.ParseDesync(a.Value)
		case "routing.http.drop_invalid_header_fields.enabled":
			s.DropInvalidHeaders = p.flag(a, false)
		case "routing.http.preserve_host_header.enabled":
			s.PreserveHost = p.flag(a, false)
		case "routing.http.x_amzn_tls_version_and_cipher_suite.enabled":
			s.TLSHeaders = p.flag(a, false)
		case "routing.http.xff_client_port.enabled":
			s.ForwardedForPort = p.flag(a, false)
		case "routing.http.xff_header_processing.mode":
			s.ForwardedFor = ForwardedForMode(p.oneOf(a, "append", "preserve", "remove"))
		case "waf.fail_open.enabled":
			s.WAFFailOpen = p.flag(a, false)
		case "routing.http2.enabled":
			s.HTTP2 = p.flag(a, true)
		}
	}
	p.listener = l
	for _, a := range l.Attributes {
		if a.Key == "routing.http.response.server.enabled" {
			s.ServerHeader = p.flag(a, true)
		}
		p.readField(&s.Fields, a)
		if name := responseHeaderName(a.Key); name != "" && a.Value != "" {
			if strings.ContainsFunc(a.Value, func(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7f }) {
				p.bad(a, "a header value without control characters", "no header")
				continue
			}
			s.ResponseHeaders = append(s.ResponseHeaders, ResponseHeader{name, a.Value})
		}
	}
	return &s
}

// responseHeaders are the fields that listener attributes may set.
var responseHeaders = []struct{ key, name string }{
	{"strict_transport_security", "Strict-Transport-Security"},
	{"access_control_allow_origin", "Access-Control-Allow-Origin"},
	{"access_control_allow_methods", "Access-Control-Allow-Methods"},
	{"access_control_allow_headers", "Access-Control-Allow-Headers"},
	{"access_control_allow_credentials", "Access-Control-Allow-Credentials"},
	{"access_control_expose_headers", "Access-Control-Expose-Headers"},
	{"access_control_max_age", "Access-Control-Max-Age"},
	{"content_security_policy", "Content-Security-Policy"},
	{"x_content_type_options", "X-Content-Type-Options"},
	{"x_frame_options", "X-Frame-Options"},
}

// responseHeaderName is the field that a listener attribute sets, empty for other attributes.
func responseHeaderName(key string) string {
	for _, h := range responseHeaders {
		if key == "routing.http.response."+h.key+".header_value" {
			return h.name
		}
	}
	return ""
}

// attributeReader reads attribute values and reports bad ones.
type attributeReader struct {
	lb *model.LoadBalancer
	// listener is the listener whose attributes are read; nil for those of the load balancer.
	listener *model.Listener
	diags    *[]diag.Diagnostic
}

func (p attributeReader) bad(a model.Attribute, expected, kept string) {
	source := settingOf(p.lb, p.listener, a.Key)
	*p.diags = append(*p.diags, diag.New(diag.AttributeInvalid, objectOf(source, p.lb.ID), source.Field,
		diag.A("key", a.Key), diag.A("lb", p.lb.ID), diag.A("value", a.Value), diag.A("expected", expected),
		diag.A("default", kept)))
}

func (p attributeReader) flag(a model.Attribute, fallback bool) bool {
	switch a.Value {
	case "true":
		return true
	case "false":
		return false
	}
	p.bad(a, "true or false", strconv.FormatBool(fallback))
	return fallback
}

func (p attributeReader) seconds(a model.Attribute, low, high int, fallback time.Duration) time.Duration {
	n, err := strconv.Atoi(a.Value)
	if err != nil || n < low || n > high {
		p.bad(a, fmt.Sprintf("a number from %d to %d", low, high), strconv.Itoa(int(fallback/time.Second)))
		return fallback
	}
	return time.Duration(n) * time.Second
}

// oneOf returns the place of the value in a list, 0 (the default) when it is not there.
func (p attributeReader) oneOf(a model.Attribute, list ...string) int {
	if i := slices.Index(list, a.Value); i >= 0 {
		return i
	}
	p.bad(a, "one of "+strings.Join(list, ", "), list[0])
	return 0
}
