package idp

import (
	"context"
	"errors"

	"github.com/go-jose/go-jose/v4"

	"github.com/gwanmun/gwanmun/internal/proxy/action/recent"
)

// ErrSignature says that a token is no signed token, or that none of the keys that it may have been signed with verifies it.
var ErrSignature = errors.New("the token's signature is not valid")

// Verify returns what a token in compact form says (RFC 7515), once one of the keys of the set verifies its signature by
// one of the algorithms. Keys that the token itself brings or points to are not looked at. An *Error says that there are
// no keys; every other error is ErrSignature.
//
// Tokens that were verified with the keys as they are now are remembered: a client sends the same one with each request.
func (k *KeySet) Verify(ctx context.Context, token string, algorithms []jose.SignatureAlgorithm) ([]byte, error) {
	key := keyOf(token, algorithms)
	if v, ok := k.verified.Get(key); ok && v.by == k.state.Load() && k.current(v.by) {
		return v.payload, nil
	}
	payload, by, err := k.verify(ctx, token, algorithms)
	if err == nil && len(payload) <= maxRemembered {
		k.verified.Put(key, verified{by, payload})
	}
	return payload, err
}

// verified is what a token says, and the keys that verified it.
type verified struct {
	by      *keyState
	payload []byte
}

// maxRemembered is the longest payload that is kept.
const maxRemembered = 4 << 10

func keyOf(token string, algorithms []jose.SignatureAlgorithm) recent.Key {
	texts := make([]string, 1, len(algorithms)+1)
	texts[0] = token
	for _, a := range algorithms {
		texts = append(texts, string(a))
	}
	return recent.KeyOf(texts...)
}

// verify verifies a token, and says with which keys.
func (k *KeySet) verify(ctx context.Context, token string, algorithms []jose.SignatureAlgorithm) ([]byte, *keyState, error) {
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, nil, ErrSignature
	}
	head := signed.Signatures[0].Protected
	keys, by, failure := k.find(ctx, head.KeyID)
	if failure != nil {
		return nil, nil, failure
	}
	for i := range keys {
		if keys[i].Algorithm != "" && keys[i].Algorithm != head.Algorithm {
			continue
		}
		if payload, err := signed.Verify(keys[i].Key); err == nil {
			return payload, by, nil
		}
	}
	return nil, nil, ErrSignature
}
