package compile

import (
	"cmp"
	"crypto/tls"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// choice is a certificate for a name, with the unit that brought it.
type choice struct {
	unit string
	cert *Certificate
}

// certificates finds the certificate for the name that a client asks for.
type certificates struct {
	// byName holds the choices for a name or "*." and a name, best first.
	byName   route.Shards[[]choice]
	fallback *Certificate
	// count is how many certificates a listener of an AWS load balancer names.
	count int
}

// addChoice puts a certificate among those for a name.
func addChoice(names *route.Edit[[]choice], name string, c choice) {
	have, _ := names.Get(name)
	i, _ := slices.BinarySearchFunc(have, c, func(a, b choice) int {
		return cmp.Or(best(a.cert, b.cert), cmp.Compare(a.unit, b.unit))
	})
	names.Set(name, slices.Insert(slices.Clone(have), i, c))
}

// dropChoices removes a unit's certificates from those for a name.
func dropChoices(names *route.Edit[[]choice], name, unit string) {
	have, _ := names.Get(name)
	kept := slices.DeleteFunc(slices.Clone(have), func(c choice) bool { return c.unit == unit })
	if len(kept) == 0 {
		names.Delete(name)
		return
	}
	names.Set(name, kept)
}

// choices finds the certificates for a name: those of the exact name, else those of the wildcard over its first label.
func (c *certificates) choices(name string) []choice {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if name == "" {
		return nil
	}
	choices, found := c.byName.Get(name)
	if !found {
		if _, rest, dotted := strings.Cut(name, "."); dotted {
			choices, _ = c.byName.Get("*." + rest)
		}
	}
	return choices
}

// set is a fingerprint of the certificates that a name is served with.
func (c *certificates) set(name string) uint64 {
	h := fnv.New64a()
	choices := c.choices(name)
	for i := range choices {
		_, _ = h.Write(choices[i].cert.leaf()) // a hash takes everything
	}
	if len(choices) == 0 && c.fallback != nil {
		_, _ = h.Write(c.fallback.leaf()) // as above
	}
	return h.Sum64()
}

// pick finds the best certificate that the client can use for its server name: the exact name, else the wildcard over
// its first label, else the default one.
func (c *certificates) pick(hello *tls.ClientHelloInfo) *Certificate {
	choices := c.choices(hello.ServerName)
	if len(choices) == 0 {
		return c.fallback
	}
	if len(choices) > 1 {
		for _, choice := range choices {
			if hello.SupportsCertificate(choice.cert.TLS) == nil {
				return choice.cert
			}
		}
	}
	return choices[0].cert
}
