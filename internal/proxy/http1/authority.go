package http1

import (
	"bytes"
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxHost is the longest host name, without port.
const maxHost = 255

// authority settles who is addressed: the absolute form's authority wins over Host (RFC 9112 section 3.2.2), and there
// must be one valid Host in any case, but for HTTP/1.0.
func (h *head) authority() *Error {
	r := h.r
	r.Authority, r.Host = nil, nil
	switch {
	case h.hosts > 1:
		return errHostRepeated
	case h.hosts == 0 && r.Proto == exchange.HTTP11:
		return errHostMissing
	}
	for _, authority := range [...][]byte{h.host, h.absolute} {
		if authority == nil {
			continue
		}
		host, _, ok := SplitAuthority(authority)
		if !ok {
			return errHostInvalid
		}
		r.Authority, r.Host = authority, host
	}
	if h.hosts == 0 && h.absolute == nil {
		return nil
	}
	r.Host, r.Spare = lowerHost(r.Host, r.Spare)
	return nil
}

// lowerHost returns host in lower case without a trailing dot; what has to be copied goes to spare.
func lowerHost(host, spare []byte) (low, rest []byte) {
	if n := len(host); n > 1 && host[n-1] == '.' {
		host = host[:n-1]
	}
	for _, c := range host {
		if c >= 'A' && c <= 'Z' {
			start := len(spare)
			spare = appendLower(spare, host)
			return spare[start:len(spare):len(spare)], spare
		}
	}
	return host, spare
}

// LowerHost is Host of a request for the host part of an authority: in lower case, without a trailing dot. What has to
// be copied goes to r.Spare. Codecs of other protocols use it.
func LowerHost(r *exchange.Request, host []byte) []byte {
	low, spare := lowerHost(host, r.Spare)
	r.Spare = spare
	return low
}

// SplitAuthority takes host[:port] apart and says whether it is valid: a name of letters, digits, "-", "_", "~" and
// dots with no empty label but the last, an IPv4 address, or an IPv6 address in brackets; a port of at most 65535. It
// is narrower than RFC 3986: user information, percent-encoding and sub-delimiters are refused, for no DNS name holds
// them and they end up in Location and X-Forwarded-Host. The port is without its colon.
func SplitAuthority(authority []byte) (host, port []byte, ok bool) {
	host = authority
	if len(authority) > 0 && authority[0] == '[' {
		end := bytes.IndexByte(authority, ']')
		if end < 0 {
			return nil, nil, false
		}
		host = authority[:end+1]
		address, err := netip.ParseAddr(string(authority[1:end]))
		if err != nil || !address.Is6() || address.Zone() != "" {
			return nil, nil, false
		}
	} else {
		if end := bytes.IndexByte(authority, ':'); end >= 0 {
			host = authority[:end]
		}
		if !validName(host) {
			return nil, nil, false
		}
	}
	if len(host) < len(authority) {
		if authority[len(host)] != ':' {
			return nil, nil, false
		}
		port = authority[len(host)+1:]
		if !validPort(port) {
			return nil, nil, false
		}
	}
	return host, port, true
}

func validName(host []byte) bool {
	if len(host) == 0 || len(host) > maxHost {
		return false
	}
	label := 0
	for _, c := range host {
		switch {
		case c == '.':
			if label == 0 {
				return false
			}
			label = -1
		case nameBits[c] > nameUnderscore && c != '~':
			return false
		}
		label++
	}
	return true
}

func validPort(port []byte) bool {
	n := 0
	for _, c := range port {
		if c < '0' || c > '9' {
			return false
		}
		if n = n*10 + int(c-'0'); n > 65535 {
			return false
		}
	}
	return true
}
