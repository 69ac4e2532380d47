package session

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/action/recent"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// signingPurpose names the keys that tokens for targets are signed with.
const signingPurpose = "signatures of login data, version 1"

// DataLifetime is how long a token for targets is good for.
const DataLifetime = 2 * time.Minute

// reuse is how old a token may be that is handed out again: targets have the other half of its life to read it.
const reuse = DataLifetime / 2

// PublicKey verifies tokens for targets.
type PublicKey struct {
	// ID is the kid of tokens that it verifies, in the form of a UUID.
	ID string
	// PEM is the key (ECDSA on P-256) as "PUBLIC KEY".
	PEM []byte
}

// Signer signs tokens for targets with a key that it derives from the newest secret of a ring, so that all replicas sign
// with the same one; the public keys of older secrets stay known. It follows replacements of the ring and may be used
// from any goroutine.
type Signer struct {
	keeper *keyring.Keeper
	made   atomic.Pointer[signing]
	// done are tokens of a moment ago: the requests of one page would otherwise each cost a signature of the same claims.
	done recent.Table[signed]
}

// signed is a token and when it was made.
type signed struct {
	token []byte
	made  time.Time
}

type signing struct {
	ring   *keyring.Ring
	key    *ecdsa.PrivateKey
	id     string
	public []PublicKey
}

// NewSigner makes a Signer.
func NewSigner(keeper *keyring.Keeper) *Signer { return &Signer{keeper: keeper} }

// current is the state for the ring as it is now.
func (s *Signer) current() (*signing, error) {
	ring := s.keeper.Ring()
	if ring == nil {
		return nil, errors.New("there are no keys yet")
	}
	if m := s.made.Load(); m != nil && m.ring == ring {
		return m, nil
	}
	// More bytes than the key has, so that what is left modulo the order of the curve is as good as uniform.
	seeds, err := ring.Derive(signingPurpose, 48)
	if err != nil {
		return nil, err
	}
	m := &signing{ring: ring}
	for i, seed := range seeds {
		key, err := keyOf(seed)
		if err != nil {
			return nil, fmt.Errorf("derive a signing key: %w", err)
		}
		public, err := publicOf(&key.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("derive a signing key: %w", err)
		}
		if i == 0 {
			m.key, m.id = key, public.ID
		}
		m.public = append(m.public, public)
	}
	s.made.Store(m)
	return m, nil
}

// keyOf makes a private key of a seed: a number from 1 to below the order of the curve (FIPS 186-5 appendix A.2.1).
func keyOf(seed []byte) (*ecdsa.PrivateKey, error) {
	one := big.NewInt(1)
	last := new(big.Int).Sub(elliptic.P256().Params().N, one)
	d := new(big.Int).SetBytes(seed)
	d.Mod(d, last).Add(d, one)
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32)))
}

func publicOf(key *ecdsa.PublicKey) (PublicKey, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return PublicKey{}, err
	}
	sum := sha256.Sum256(der)
	text := hex.EncodeToString(sum[:16])
	return PublicKey{
		ID:  text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:],
		PEM: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
	}, nil
}

// PublicKeys are the keys that verify what we sign and have signed, newest first; none without a ring.
func (s *Signer) PublicKeys() []PublicKey {
	m, err := s.current()
	if err != nil {
		return nil
	}
	return m.public
}

// About says whose token it is.
type About struct {
	// Signer is the load balancer's ARN or ID, Issuer and Client the provider's issuer and the client's ID there.
	Signer, Issuer, Client string
}

// encoding is base64url with padding: not what RFC 7515 says, but what AWS does and applications have learned to read.
var encoding = base64.URLEncoding

// Data makes the token for targets: a JWT with the user's claims, signed by ES256. It may be one that was made up to a minute
// ago. The caller leaves it as it is.
func (s *Signer) Data(a About, claims []byte, now time.Time) ([]byte, error) {
	m, err := s.current()
	if err != nil {
		return nil, err
	}
	key := recent.KeyOf(m.id, a.Signer, a.Issuer, a.Client, string(claims))
	if d, ok := s.done.Get(key); ok {
		if age := now.Sub(d.made); age >= 0 && age <= reuse {
			return d.token, nil
		}
	}
	token, err := m.sign(a, claims, now)
	if err == nil {
		s.done.Put(key, signed{token, now})
	}
	return token, err
}

func (m *signing) sign(a About, claims []byte, now time.Time) ([]byte, error) {
	expires := now.Add(DataLifetime).Unix()
	head, err := json.Marshal(struct {
		Type      string `json:"typ"`
		KeyID     string `json:"kid"`
		Algorithm string `json:"alg"`
		Issuer    string `json:"iss"`
		Client    string `json:"client"`
		Signer    string `json:"signer"`
		Expires   int64  `json:"exp"`
	}{"JWT", m.id, "ES256", a.Issuer, a.Client, a.Signer, expires})
	if err != nil {
		return nil, fmt.Errorf("write the head of a token: %w", err)
	}
	payload, err := withExpiry(claims, a.Issuer, expires)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, encoding.EncodedLen(len(head))+encoding.EncodedLen(len(payload))+encoding.EncodedLen(64)+2)
	b = encoding.AppendEncode(b, head)
	b = append(b, '.')
	b = encoding.AppendEncode(b, payload)
	sum := sha256.Sum256(b)
	r, v, err := ecdsa.Sign(rand.Reader, m.key, sum[:])
	if err != nil {
		return nil, fmt.Errorf("sign a token: %w", err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	v.FillBytes(signature[32:])
	b = append(b, '.')
	return encoding.AppendEncode(b, signature[:]), nil
}

// withExpiry adds exp and iss to a JSON object that has neither.
func withExpiry(claims []byte, issuer string, expires int64) ([]byte, error) {
	if len(claims) < 2 || claims[len(claims)-1] != '}' {
		return nil, errors.New("claims are no JSON object")
	}
	name, err := json.Marshal(issuer)
	if err != nil {
		return nil, fmt.Errorf("write the issuer of a token: %w", err)
	}
	b := append([]byte(nil), claims[:len(claims)-1]...)
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, `"exp":`...)
	b = strconv.AppendInt(b, expires, 10)
	b = append(b, `,"iss":`...)
	b = append(b, name...)
	return append(b, '}'), nil
}

// Claims brings what a provider says of a user into the form that sessions keep: a JSON object on one line, members in
// alphabetical order, without exp and iss, which are ours to say.
func Claims(said []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(said, &members); err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	if members == nil {
		return nil, errors.New("read claims: null is no JSON object")
	}
	delete(members, "exp")
	delete(members, "iss")
	return json.Marshal(members)
}
