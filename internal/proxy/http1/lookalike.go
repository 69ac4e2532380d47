package http1

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

var dash = []byte("-")

// Answers of lookAlike.
const (
	unlike = iota
	// framingName is one that a target may take for Content-Length or Transfer-Encoding.
	framingName
	// trustName is one that a target may take for a field that only the proxy sets, or for Host and the like.
	trustName
)

// guardedNames must not arrive in another spelling than their own: CGI-like targets read "X_Real_IP" and "X-Real-IP" as
// the same, and others skip bytes they do not know.
var guardedNames = []string{
	"authorization", "connection", "content-length", "expect", "forwarded", "host", "proxy", "te", "trailer",
	"transfer-encoding", "true-client-ip", "upgrade", "x-auth-request-redirect", "x-forwarded-for", "x-forwarded-host",
	"x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto", "x-forwarded-scheme", "x-forwarded-server", "x-real-ip",
	"x-request-id", "x-scheme",
}

// guardedName is one of them with the number of its letters and digits.
type guardedName struct {
	name string
	size int
}

// guarded are the guarded names by first letter.
var guarded = func() (table [26][]guardedName) {
	for _, name := range guardedNames {
		table[name[0]-'a'] = append(table[name[0]-'a'], guardedName{name, reducedLength(name)})
	}
	return table
}()

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
	size := -1
	for _, g := range guarded[letter] {
		switch {
		case size >= 0:
		case bits == 0: // letters, digits and dashes
			size = len(name) - bytes.Count(name, dash)
		default:
			size = reducedLength(name)
		}
		if size == g.size && reducesTo(name, g.name, false) && !exchange.EqualFold(name, g.name) {
			if g.name == "content-length" || g.name == "transfer-encoding" {
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

// reducedLength counts the letters and digits.
func reducedLength[T []byte | string](name T) int {
	n := 0
	for i := range len(name) {
		if isAlnum(name[i]) {
			n++
		}
	}
	return n
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
