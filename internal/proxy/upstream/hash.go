package upstream

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// points is how many places a target has on the ring.
const points = 160

// point is a place on the ring of the consistent hash.
type point struct {
	hash   uint64
	target *Target
}

func newRing(targets []*Target) []point {
	ring := make([]point, 0, points*len(targets))
	for _, t := range targets {
		h := fnv(fnvStart, []byte(t.address))
		for i := range uint64(points) {
			ring = append(ring, point{mix(h + i*0x9e3779b97f4a7c15), t})
		}
	}
	slices.SortFunc(ring, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.target.address, b.target.address))
	})
	return ring
}

// lookup walks the ring from the key's place to the first target that was not tried.
func (p *part) lookup(key uint64, x *exchange.Exchange) *Target {
	start, _ := slices.BinarySearchFunc(p.ring, key, func(at point, k uint64) int { return cmp.Compare(at.hash, k) })
	for i := range p.ring {
		if t := p.ring[(start+i)%len(p.ring)].target; !tried(t, x) {
			return t
		}
	}
	return p.ring[start%len(p.ring)].target
}

const fnvStart = 0xcbf29ce484222325

// fnv is FNV-1a: the same on every replica, so that all of them send a key to the same target.
func fnv(h uint64, b []byte) uint64 {
	for _, c := range b {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return h
}

// hashKey is a parsed expression such as "$request_uri" or "$host$http_x_tenant".
type hashKey []keyPart

// keyPart is literal text, or a variable with the name that goes with it.
type keyPart struct{ variable, name, text string }

// parseHashKey reads nginx's notation, with or without braces. Variables that are not known here hash as empty and
// are returned.
func parseHashKey(expression string) (hashKey, []string) {
	var key hashKey
	var unknown []string
	for expression != "" {
		text, rest, found := strings.Cut(expression, "$")
		if text != "" {
			key = append(key, keyPart{text: text})
		}
		if !found {
			break
		}
		name := rest[:variableLength(rest)]
		expression = rest[len(name):]
		if inner, after, ok := strings.Cut(strings.TrimPrefix(rest, "{"), "}"); ok && strings.HasPrefix(rest, "{") {
			name, expression = inner, after
		}
		part, ok := variable(name)
		if !ok {
			unknown = append(unknown, name)
			continue
		}
		key = append(key, part)
	}
	return key, unknown
}

func variableLength(s string) int {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}

func variable(name string) (keyPart, bool) {
	switch name {
	case "request_uri", "uri", "args", "host", "http_host", "remote_addr", "binary_remote_addr", "request_method", "scheme", "remote_user":
		return keyPart{variable: name}, true
	}
	for _, family := range []string{"http_", "arg_", "cookie_"} {
		if rest, ok := strings.CutPrefix(name, family); ok && rest != "" {
			if family == "http_" {
				rest = strings.ReplaceAll(rest, "_", "-")
			}
			return keyPart{variable: family, name: rest}, true
		}
	}
	return keyPart{}, false
}

// of hashes the expression's value for x.
func (k hashKey) of(x *exchange.Exchange) uint64 {
	h := uint64(fnvStart)
	for i := range k {
		h = k[i].add(h, x)
	}
	return mix(h)
}

func (p *keyPart) add(h uint64, x *exchange.Exchange) uint64 {
	q := &x.Request
	switch p.variable {
	case "request_uri":
		return fnv(h, q.Target)
	case "uri":
		return fnv(h, q.NormalPath)
	case "args":
		return fnv(h, q.Query)
	case "host", "http_host":
		return fnv(h, q.Host)
	case "remote_addr", "binary_remote_addr":
		a := x.ClientIP.As16()
		return fnv(h, a[:])
	case "request_method":
		return fnv(h, q.Method)
	case "remote_user":
		return fnv(h, x.User)
	case "scheme":
		if x.HTTPS {
			return fnv(h, []byte("https"))
		}
		return fnv(h, []byte("http"))
	case "http_":
		v, _ := q.Header.Get(p.name)
		return fnv(h, v)
	case "arg_":
		return fnv(h, pair(q.Query, '&', p.name))
	case "cookie_":
		v, _ := q.Header.Get("Cookie")
		return fnv(h, pair(v, ';', p.name))
	}
	return fnv(h, []byte(p.text))
}

// pair returns the value of name in a list of name=value pairs.
func pair(list []byte, separator byte, name string) []byte {
	for len(list) > 0 {
		item := list
		if i := slices.Index(list, separator); i >= 0 {
			item, list = list[:i], list[i+1:]
		} else {
			list = nil
		}
		for len(item) > 0 && item[0] == ' ' {
			item = item[1:]
		}
		if len(item) > len(name) && item[len(name)] == '=' && string(item[:len(name)]) == name {
			return item[len(name)+1:]
		}
	}
	return nil
}
