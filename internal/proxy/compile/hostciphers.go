package compile

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// HostCiphers are the cipher suites of a host of class nginx. It is never changed.
type HostCiphers struct {
	// Host is the host, "*." and a name for a wildcard.
	Host string
	// List tells lists apart: it is what the host was told.
	List string
	// Suites are never empty.
	Suites []uint16
}

// hostCiphers compiles the cipher suites of hosts and says what of them is not spoken here. A host whose list chooses
// nothing keeps those of the listener.
func (u *unit) hostCiphers(lb string, l *model.Listener) []*HostCiphers {
	var out []*HostCiphers
	for i := range l.HostCiphers {
		m := &l.HostCiphers[i]
		say := func(message diag.Message, ciphers string) {
			u.diags = append(u.diags, diag.New(message, objectOf(m.Source, lb), m.Source.Field,
				diag.A("lb", lb), diag.A("port", l.Port), diag.A("policy", "ssl-ciphers"), diag.A("ciphers", ciphers)))
		}
		suites, unspoken := cipherList(m.Ciphers)
		if len(suites) == 0 {
			say(diag.NoCipherSpoken, m.Ciphers)
			continue
		}
		if len(unspoken) > 0 {
			say(diag.CiphersNotSpoken, strings.Join(unspoken, ", "))
		}
		out = append(out, &HostCiphers{Host: m.Host, List: m.Ciphers, Suites: suites})
	}
	return out
}

// HasHostCiphers says whether any host has cipher suites of its own.
func (l *Listener) HasHostCiphers() bool { return l.ciphers.Len() > 0 }

// HostCiphers are the cipher suites for clients that ask for a host by SNI; nil when they are the listener's.
func (l *Listener) HostCiphers(name string) *HostCiphers { return ofHost(l, l.ciphers, name) }
