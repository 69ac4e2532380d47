package http1

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Answers of lookAlike.
const (
	unlike = iota
	// framingName is one that a target may take for Content-Length or Transfer-Encoding.
	framingName
	// trustName is one that a target may take for a field that only the proxy sets, or for Host and the like.
	trustName
)

// guarded lists, by first letter, the names that must not arrive in another spelling than their own: CGI-like targets
// read "X_Real_IP" and "X-Real-IP" as the same, and others skip bytes they do not know.
var guarded = [26][]string{
	'a' - 'a': {"authorization"},
	'c' - 'a': {"content-length", "connection"},
	'e' - 'a': {"expect"},
	'f' - 'a': {"forwarded"},
	'h' - 'a': {"host"},
	'p' - 'a': {"proxy"},
	't' - 'a': {"transfer-encoding", "te", "trailer", "true-client-ip"},
	'u' - 'a': {"upgrade"},
	'x' - 'a': {
		"x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-scheme",
		"x-forwarded-prefix", "x-forwarded-server", "x-real-ip", "x-request-id", "x-scheme", "x-auth-request-redirect",
	},
}

// guardedPrefixes are guarded whatever follows, if the words are held together by anything but dashes.
var guardedPrefixes = []string{"x-original", "x-amzn", "ssl-client"}

// lookAlike says whether name reads like a guarded name although it is spelled otherwise.
func lookAlike(name []byte, bits uint8) int {
	first := 0
	for first < len(name) && !isAlnum(name[first]) {
		first++
	}
	if first == len(name) {
		return unlike
	}
	letter := lower(name[first]) - 'a'
	if letter >= 26 {
		return unlike
	}
	for _, g := range guarded[letter] {
		if reducesTo(name, g, false) && !exchange.EqualFold(name, g) {
			if g == "content-length" || g == "transfer-encoding" {
				return framingName
			}
			return trustName
		}
	}
	if bits != 0 && (letter == 'x'-'a' || letter == 's'-'a') {
		for _, g := range guardedPrefixes {
			if reducesTo(name, g, true) {
				return trustName
			}
		}
	}
	return unlike
}

// reducesTo says whether name and want have the same letters and digits in the same order, or, for a prefix, whether
// those of name begin with those of want. Case is ignored; want is in lower case.
func reducesTo(name []byte, want string, prefix bool) bool {
	i := 0
	for _, c := range name {
		if !isAlnum(c) {
			continue
		}
		if i < len(want) && want[i] == '-' {
			i++
		}
		if i == len(want) {
			return prefix
		}
		if lower(c) != want[i] {
			return false
		}
		i++
	}
	return i == len(want)
}
