package secure

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"sync"

	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Tickets gives settings of crypto/tls the keys of session tickets: the same ones in all replicas that have the same
// ring, for one listener each. Without a ring crypto/tls makes keys by itself, which nobody else has. Its methods may be
// called from any goroutine.
type Tickets struct {
	keys    *keyring.Keeper
	purpose string

	mu      sync.Mutex
	version uint64
	configs []*tls.Config
}

// NewTickets makes the Tickets of a listener; name is its name in all replicas. keys may be nil.
func NewTickets(keys *keyring.Keeper, name string) *Tickets {
	return &Tickets{keys: keys, purpose: "tls tickets of " + name}
}

// Keep gives settings their keys, now and whenever the ring has changed by the time of a Refresh. set is the fingerprint
// of the certificates that a server name is served with: a ticket counts as long as that stays the same, so that a
// session never outlives the certificate that it began with, and never serves another name.
func (t *Tickets) Keep(c *tls.Config, set func(serverName string) uint64) {
	c.WrapSession = func(state tls.ConnectionState, s *tls.SessionState) ([]byte, error) {
		s.Extra = append(s.Extra, mark(set(state.ServerName)))
		return c.EncryptTicket(state, s)
	}
	c.UnwrapSession = func(ticket []byte, state tls.ConnectionState) (*tls.SessionState, error) {
		s, err := c.DecryptTicket(ticket, state)
		if s == nil || err != nil {
			return nil, err
		}
		want := mark(set(state.ServerName))
		for _, have := range s.Extra {
			if bytes.Equal(have, want) {
				return s, nil
			}
		}
		return nil, nil // it was made for other certificates: a whole handshake then
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.configs = append(t.configs, c)
	if keys := t.derive(); keys != nil {
		c.SetSessionTicketKeys(keys)
	}
}

// mark is how a ticket remembers its certificates.
func mark(set uint64) []byte { return binary.BigEndian.AppendUint64([]byte("certificates "), set) }

// Refresh takes over a changed ring. It costs nothing as long as there is none.
func (t *Tickets) Refresh() {
	if t.keys == nil {
		return
	}
	version := t.keys.Version()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.version == version {
		return
	}
	keys := t.derive()
	if keys == nil {
		return
	}
	t.version = version
	for _, c := range t.configs {
		c.SetSessionTicketKeys(keys)
	}
}

// derive makes the keys, newest first; nil without a ring.
func (t *Tickets) derive() [][32]byte {
	if t.keys == nil {
		return nil
	}
	ring := t.keys.Ring()
	if ring == nil {
		return nil
	}
	derived, err := ring.Derive(t.purpose, 32)
	if err != nil {
		return nil // it fails for sizes that are too large only
	}
	out := make([][32]byte, len(derived))
	for i, key := range derived {
		out[i] = [32]byte(key)
	}
	return out
}
