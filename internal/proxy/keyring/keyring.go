package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync/atomic"
)

// SecretSize is the least length of a secret in bytes.
const SecretSize = 32

// overhead is what sealing adds: a nonce and a tag of AES-GCM.
const (
	nonceSize = 12
	overhead  = nonceSize + 16
)

// encoding is strict: there is one way only to write a sealed value.
var encoding = base64.RawURLEncoding.Strict()

// ErrOpen says that a sealed value was made by nobody who has one of our secrets, was made for another purpose, or was
// changed on its way.
var ErrOpen = errors.New("not sealed by a key of ours")

// Ring is a list of secrets, newest first. It never changes.
type Ring struct {
	secrets [][]byte
}

// New makes a Ring of secrets, newest first. Each must have SecretSize bytes or more; the newest makes what is made, all
// read what is read.
func New(secrets ...[]byte) (*Ring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("a ring of keys needs a secret")
	}
	r := &Ring{}
	for i, s := range secrets {
		if len(s) < SecretSize {
			return nil, fmt.Errorf("secret %d has %d bytes; %d are needed", i+1, len(s), SecretSize)
		}
		r.secrets = append(r.secrets, append([]byte(nil), s...))
	}
	return r, nil
}

// Random makes a Ring of one secret that nobody else has: what it seals is lost when the process ends.
func Random() (*Ring, error) {
	secret := make([]byte, SecretSize)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make a secret: %w", err)
	}
	return New(secret)
}

// Len counts the secrets.
func (r *Ring) Len() int { return len(r.secrets) }

// Derive makes size bytes for a purpose from each secret (HKDF with SHA-256, RFC 5869), newest first.
func (r *Ring) Derive(purpose string, size int) ([][]byte, error) {
	out := make([][]byte, len(r.secrets))
	for i, s := range r.secrets {
		key, err := hkdf.Key(sha256.New, s, nil, purpose, size)
		if err != nil {
			return nil, fmt.Errorf("derive a key for %s: %w", purpose, err)
		}
		out[i] = key
	}
	return out, nil
}

// Box seals and opens values for one purpose. It never changes and may be used from any goroutine.
type Box struct {
	purpose string
	aeads   []cipher.AEAD
}

// Box makes the Box of a purpose. What one purpose sealed another one does not open.
func (r *Ring) Box(purpose string) (*Box, error) {
	keys, err := r.Derive(purpose, 32)
	if err != nil {
		return nil, err
	}
	b := &Box{purpose: purpose}
	for _, key := range keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("make a cipher for %s: %w", purpose, err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("make a cipher for %s: %w", purpose, err)
		}
		b.aeads = append(b.aeads, aead)
	}
	return b, nil
}

// Seal encrypts plain so that nobody without a secret can read or change it, and appends the result to dst as text of
// letters, digits, "-" and "_", which a cookie may hold as it is. nonce is 12 random bytes that are used once.
func (b *Box) Seal(dst, plain []byte, nonce [nonceSize]byte) []byte {
	sealed := make([]byte, nonceSize, nonceSize+len(plain)+overhead)
	copy(sealed, nonce[:])
	sealed = b.aeads[0].Seal(sealed, nonce[:], plain, nil)
	return encoding.AppendEncode(dst, sealed)
}

// Nonce draws a nonce for Seal.
func Nonce() (n [nonceSize]byte) {
	_, _ = rand.Read(n[:]) // crypto/rand does not fail: it ends the process when the system has no randomness
	return n
}

// Open appends to dst what was sealed in text, which must be as Seal wrote it. The error is ErrOpen.
func (b *Box) Open(dst, text []byte) ([]byte, error) {
	sealed := make([]byte, 0, encoding.DecodedLen(len(text)))
	sealed, err := encoding.AppendDecode(sealed, text)
	if err != nil || len(sealed) < overhead {
		return dst, ErrOpen
	}
	for _, aead := range b.aeads {
		if out, err := aead.Open(dst, sealed[:nonceSize], sealed[nonceSize:], nil); err == nil {
			return out, nil
		}
	}
	return dst, ErrOpen
}

// Keeper holds the Ring in use and lets it be replaced while others read it. Its zero value has none.
type Keeper struct {
	ring    atomic.Pointer[Ring]
	version atomic.Uint64
}

// Set replaces the Ring.
func (k *Keeper) Set(r *Ring) {
	k.ring.Store(r)
	k.version.Add(1)
}

// Ring is the Ring in use, nil before the first Set.
func (k *Keeper) Ring() *Ring { return k.ring.Load() }

// Version changes with every Set, so that who derived something knows when to do it again.
func (k *Keeper) Version() uint64 { return k.version.Load() }

// Sealer is the Box of one purpose of the Ring that a Keeper holds; it follows replacements. Its methods may be called
// from any goroutine.
type Sealer struct {
	keeper  *Keeper
	purpose string
	made    atomic.Pointer[madeBox]
}

type madeBox struct {
	ring *Ring
	box  *Box
}

// Sealer makes the Sealer of a purpose.
func (k *Keeper) Sealer(purpose string) *Sealer { return &Sealer{keeper: k, purpose: purpose} }

// Box is the Box for the Ring as it is now. It fails when there is no Ring.
func (s *Sealer) Box() (*Box, error) {
	ring := s.keeper.Ring()
	if ring == nil {
		return nil, errors.New("there are no keys yet")
	}
	if m := s.made.Load(); m != nil && m.ring == ring {
		return m.box, nil
	}
	box, err := ring.Box(s.purpose)
	if err != nil {
		return nil, err
	}
	s.made.Store(&madeBox{ring, box})
	return box, nil
}
