package oidc

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

const (
	// loginTime is how long a user may take to log in (AWS).
	loginTime = 15 * time.Minute
	// nonceCookie ties a login to the browser that began it (as AWS names it).
	nonceCookie = "AWSALBAuthNonce"
	// nonceSize is the length of a nonce as text.
	nonceSize = 16
	// maxNonces is how many logins one browser may have under way, in as many tabs: the oldest is forgotten.
	maxNonces = 4
)

// state is what goes to the provider and comes back, sealed.
type state struct {
	login [16]byte
	begun time.Time
	nonce [nonceSize]byte
	// authority and target are where the user wanted to go: host[:port], and path with query.
	authority, target []byte
}

// newNonce draws a nonce.
func newNonce() (text [nonceSize]byte) {
	var b [nonceSize * 3 / 4]byte
	_, _ = rand.Read(b[:]) // crypto/rand does not fail: it ends the process when the system has no randomness
	base64.RawURLEncoding.Encode(text[:], b[:])
	return text
}

const stateLayout = 1

func (s *state) seal(box *keyring.Box) []byte {
	b := make([]byte, 0, 64+len(s.authority)+len(s.target))
	b = append(b, stateLayout)
	b = append(b, s.login[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(s.begun.Unix()))
	b = append(b, s.nonce[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(s.authority)))
	b = append(b, s.authority...)
	b = append(b, s.target...)
	return box.Seal(nil, b, keyring.Nonce())
}

var errState = errors.New("not a state of ours")

// openState reads a state that was made at most loginTime ago.
func openState(box *keyring.Box, text []byte, now time.Time) (*state, error) {
	const head = 1 + 16 + 8 + nonceSize + 2
	b, err := box.Open(nil, text)
	if err != nil || len(b) < head || b[0] != stateLayout {
		return nil, errState
	}
	s := &state{begun: time.Unix(int64(binary.BigEndian.Uint64(b[17:])), 0)}
	copy(s.login[:], b[1:])
	copy(s.nonce[:], b[25:])
	n := int(binary.BigEndian.Uint16(b[25+nonceSize:]))
	if b = b[head:]; n > len(b) {
		return nil, errState
	}
	s.authority, s.target = b[:n], b[n:]
	if age := now.Sub(s.begun); age > loginTime || age < -time.Minute {
		return nil, errState
	}
	return s, nil
}

// nonces are those that a request's cookie holds, newest first.
func nonces(h *exchange.Header) [][]byte {
	var out [][]byte
	session.Each(h, func(name, value []byte) {
		if out != nil || string(name) != nonceCookie {
			return
		}
		for rest := value; len(rest) > 0 && len(out) < maxNonces; {
			var one []byte
			if one, rest, _ = bytes.Cut(rest, []byte(".")); len(one) == nonceSize {
				out = append(out, one)
			}
		}
	})
	return out
}

// begin is the value of Set-Cookie for one more login of a browser.
func begin(nonce [nonceSize]byte, had [][]byte, crossSite bool, now time.Time) []byte {
	all := append([][]byte{nonce[:]}, had[:min(len(had), maxNonces-1)]...)
	return nonceLine(all, crossSite, now)
}

// spend takes a nonce out of those of a browser: what is left, and whether it was there. All of them are compared, each in
// constant time.
func spend(nonce [nonceSize]byte, had [][]byte) (left [][]byte, found bool) {
	for _, one := range had {
		if subtle.ConstantTimeCompare(one, nonce[:]) == 1 {
			found = true
		} else {
			left = append(left, one)
		}
	}
	return left, found
}

func nonceLine(all [][]byte, crossSite bool, now time.Time) []byte {
	expires := now.Add(loginTime)
	if len(all) == 0 {
		expires = time.Unix(0, 0)
	}
	pair := append([]byte(nonceCookie+"="), bytes.Join(all, []byte("."))...)
	return session.Attributes(pair, expires, crossSite)
}
