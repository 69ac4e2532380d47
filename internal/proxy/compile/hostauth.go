package compile

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// hostAuths compiles what hosts of class nginx do about certificates of clients. One whose trust store cannot be read is
// left out; the policies of its rules then find nothing that was verified.
func (u *unit) hostAuths(list []model.HostClientAuth) []*ClientAuth {
	var out []*ClientAuth
	for _, m := range list {
		s := u.stores[m.TrustStore]
		if s == nil {
			continue // said when it was parsed
		}
		out = append(out, &ClientAuth{
			Store: s, Host: m.Host, Advertise: true, AnyKey: true, AllLists: true,
			MaxDepth: int(m.Depth) + 1, // the authority counts here, and does not in OpenSSL
		})
	}
	return out
}

// AsksHosts says whether any host asks its clients for certificates.
func (l *Listener) AsksHosts() bool { return l.hostAuths.Len() > 0 }

// HostAuth is what is done about certificates of clients that ask for a host by SNI; nil when nothing is. The host is found
// as it is for requests: the exact name before the wildcard over its first label.
func (l *Listener) HostAuth(name string) *ClientAuth { return ofHost(l, l.hostAuths, name) }

// ofHost finds what a host has of its own for the whole of TLS.
func ofHost[T any](l *Listener, own route.Shards[*T], name string) *T {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if a, ok := own.Get(name); ok {
		return a
	}
	if l.hosts != nil && l.hosts.Get(name) != nil {
		return nil
	}
	if _, rest, dotted := strings.Cut(name, "."); dotted {
		a, _ := own.Get("*." + rest)
		return a
	}
	return nil
}
