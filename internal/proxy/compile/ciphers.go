package compile

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// cipherSets are the words of OpenSSL's cipher lists that stand for several suites, as far as crypto/tls has any of them,
// by what the suites' names have in common. Other words choose nothing that it speaks.
var cipherSets = map[string]func(name string) bool{
	"ALL": everyCipher, "DEFAULT": everyCipher, "HIGH": everyCipher,
	"TLSv1.2":  modernCipher,
	"AESGCM":   withIn("GCM"),
	"AES":      withIn("AES"),
	"AES128":   withIn("AES128"),
	"AES256":   withIn("AES256"),
	"CHACHA20": withIn("CHACHA20"),
	"SHA":      func(n string) bool { return strings.HasSuffix(n, "-SHA") },
	"SHA1":     func(n string) bool { return strings.HasSuffix(n, "-SHA") },
	"SHA256":   func(n string) bool { return strings.HasSuffix(n, "-SHA256") && !strings.Contains(n, "GCM") },
	"ECDHE":    ephemeral,
	"EECDH":    ephemeral,
	"kECDHE":   ephemeral,
	"kEECDH":   ephemeral,
	"RSA":      func(n string) bool { return !ephemeral(n) },
	"kRSA":     func(n string) bool { return !ephemeral(n) },
	"aRSA":     func(n string) bool { return !strings.Contains(n, "ECDSA") },
	"ECDSA":    withIn("ECDSA"),
	"aECDSA":   withIn("ECDSA"),
}

func everyCipher(string) bool    { return true }
func ephemeral(name string) bool { return strings.HasPrefix(name, "ECDHE-") }
func modernCipher(name string) bool {
	return strings.Contains(name, "GCM") || strings.Contains(name, "CHACHA20") || strings.HasSuffix(name, "SHA256")
}

func withIn(part string) func(string) bool {
	return func(name string) bool { return strings.Contains(name, part) }
}

// cipherList reads a list of ciphers as OpenSSL writes it (ciphers(1)): names and sets between colons, "!" and "-" before
// what is left out, "+" between sets that have to agree. Order and strength, "+" and "@" at the beginning, have no meaning,
// because crypto/tls orders suites by itself. unspoken are the members of the list that choose nothing.
func cipherList(list string) (suites []uint16, unspoken []string) {
	chosen, killed := map[uint16]bool{}, map[uint16]bool{}
	old := oldCiphers()
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ':' || r == ',' || r == ' ' }) {
		if word[0] == '@' || word[0] == '+' {
			continue
		}
		name := strings.TrimLeft(word, "!-")
		var found []uint16
		for _, id := range old {
			if cipherMeets(exchange.CipherName(id), name) {
				found = append(found, id)
			}
		}
		for _, id := range found {
			switch word[0] {
			case '!':
				killed[id] = true
			case '-':
				delete(chosen, id)
			default:
				chosen[id] = true
			}
		}
		if id, _ := exchange.CipherID(name); len(found) == 0 && name == word && id == 0 {
			unspoken = append(unspoken, word)
		}
	}
	for _, id := range old {
		if chosen[id] && !killed[id] {
			suites = append(suites, id)
		}
	}
	return suites, unspoken
}

// cipherMeets says whether a suite is meant by a name or by sets with "+" between them.
func cipherMeets(suite, word string) bool {
	if suite == word {
		return true
	}
	for part := range strings.SplitSeq(word, "+") {
		if meets := cipherSets[part]; meets == nil || !meets(suite) {
			return false
		}
	}
	return true
}

// oldCiphers are the suites for versions before TLS 1.3 that crypto/tls has and that are worth a name in a list: none with RC4 or 3DES.
func oldCiphers() []uint16 {
	var out []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if s.SupportedVersions[0] != tls.VersionTLS13 && exchange.CipherName(s.ID) != "-" {
			out = append(out, s.ID)
		}
	}
	return out
}
