package session

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Session is what a client's cookies say of a login.
type Session struct {
	// Provider is the identity provider and client that the user logged in with: a session of another one means nothing.
	Provider [16]byte
	// Created is when the user logged in; refreshing leaves it as it is. Resolution: a second.
	Created time.Time
	// Expires is when the access token does; zero when the provider has not said. Resolution: a second.
	Expires time.Time
	// Subject is the user's identifier with the provider.
	Subject []byte
	// Claims are the user's claims: a JSON object without exp and iss, which Data adds.
	Claims []byte
	// AccessToken is handed to targets. RefreshToken gets a new one; nil when there is none.
	AccessToken, RefreshToken []byte
}

// layout is the version of what marshal writes. Sessions of other versions are none.
const layout = 1

// maxTime bounds times, in seconds since 1970: the year 36812.
const maxTime = 1 << 40

// errLayout is a session that somebody else has written: what is sealed is ours, so it is one of another version.
var errLayout = errors.New("not a session of this version")

// marshal writes a session. Numbers are big-endian, texts have their length in front.
func (s *Session) marshal() []byte {
	b := make([]byte, 0, 1+16+16+16+len(s.Subject)+len(s.Claims)+len(s.AccessToken)+len(s.RefreshToken))
	b = append(b, layout)
	b = append(b, s.Provider[:]...)
	b = appendTime(b, s.Created)
	b = appendTime(b, s.Expires)
	for _, text := range [...][]byte{s.Subject, s.Claims, s.AccessToken, s.RefreshToken} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	return b
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint64(b, 0)
	}
	return binary.BigEndian.AppendUint64(b, uint64(t.Unix()))
}

// unmarshal reads what marshal wrote. The session points into b.
func unmarshal(b []byte) (*Session, error) {
	s := &Session{}
	const head = 1 + 16 + 8 + 8
	if len(b) < head || b[0] != layout {
		return nil, errLayout
	}
	copy(s.Provider[:], b[1:])
	s.Created, s.Expires = readTime(b[17:]), readTime(b[25:])
	if binary.BigEndian.Uint64(b[17:]) > maxTime || binary.BigEndian.Uint64(b[25:]) > maxTime {
		return nil, errLayout
	}
	b = b[head:]
	for _, text := range [...]*[]byte{&s.Subject, &s.Claims, &s.AccessToken, &s.RefreshToken} {
		if len(b) < 4 {
			return nil, errLayout
		}
		n := binary.BigEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return nil, errLayout
		}
		if n > 0 {
			*text = b[:n:n]
		}
		b = b[n:]
	}
	if len(b) > 0 {
		return nil, errLayout
	}
	return s, nil
}

func readTime(b []byte) time.Time {
	if n := binary.BigEndian.Uint64(b); n != 0 {
		return time.Unix(int64(n), 0)
	}
	return time.Time{}
}

// Seal writes a session as text that only we can read or make. When that is longer than a jar takes, the refresh token
// is left away: the user then has to log in again when the access token has expired, which is better than not at all.
// ErrTooLong says that it does not fit even so.
func Seal(box *keyring.Box, s *Session, jar Jar) ([]byte, error) {
	text := box.Seal(nil, s.marshal(), keyring.Nonce())
	if len(text) > jar.Room() && s.RefreshToken != nil {
		without := *s
		without.RefreshToken = nil
		text = box.Seal(nil, without.marshal(), keyring.Nonce())
	}
	if len(text) > jar.Room() {
		return nil, ErrTooLong
	}
	return text, nil
}

// ErrTooLong says that a session does not fit into the cookies that a client may be given.
var ErrTooLong = errors.New("the session is too long for its cookies")

// Open reads the session out of a request's cookies. There is none, and no error, when there are no cookies of that name.
// keyring.ErrOpen says that they hold something else.
func Open(box *keyring.Box, c Cookies) (*Session, error) {
	if c.Count == 0 {
		return nil, nil
	}
	// A session of four cookies that was followed by a shorter one may have left its last ones behind.
	for n := c.Count; n > 0; n-- {
		plain, err := box.Open(nil, c.join(n))
		if err != nil {
			continue
		}
		return unmarshal(plain)
	}
	return nil, keyring.ErrOpen
}
