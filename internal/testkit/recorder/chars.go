package recorder

import (
	"net/netip"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// fold is a name in lower case.
func fold(name string) string { return strings.ToLower(name) }

// members are those of a comma-separated list, in lower case.
func members(list string) []string {
	var out []string
	for _, m := range strings.Split(list, ",") {
		if m = strings.ToLower(strings.Trim(m, " \t")); m != "" {
			out = append(out, m)
		}
	}
	return out
}

// squeeze keeps letters and digits.
func squeeze(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, name)
}

func token(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// authority says whether s is host[:port] of letters, digits and what may stand in names, or an IPv6 address in brackets.
func authority(s string) bool {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return false
		}
		if a, err := netip.ParseAddr(s[1:end]); err != nil || !a.Is6() {
			return false
		}
		if rest := s[end+1:]; rest != "" {
			return rest[0] == ':' && (rest == ":" || digits(rest[1:]))
		}
		return true
	}
	if i := strings.IndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i+1:]
		if port != "" && !digits(port) {
			return false
		}
	}
	if host == "" {
		return s == "" // a request of HTTP/1.0 may have named nobody (RFC 9112 section 3.2)
	}
	for i := range len(host) {
		c := host[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0) {
			return false
		}
	}
	return true
}
