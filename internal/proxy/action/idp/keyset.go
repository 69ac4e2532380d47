package idp

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/go-jose/go-jose/v4"

	"github.com/gwanmun/gwanmun/internal/proxy/action/recent"
)

const (
	// freshFor is how long keys are believed without asking again when the answer does not say; what it says counts from
	// freshLeast to freshMost.
	freshFor, freshLeast, freshMost = 5 * time.Minute, time.Minute, time.Hour
	// staleFor is how long keys are used when the endpoint cannot be asked.
	staleFor = 24 * time.Hour
	// askAgain is the least time between two questions that a failure or an unknown key asks for: strangers can name
	// as many unknown keys as they like.
	askAgain = 10 * time.Second
	// retryFirst is the least time between two questions while there are no keys at all.
	retryFirst = time.Second
)

// Limits bound a key set.
type Limits struct {
	Bytes int64
	Keys  int
}

// Limits of key sets: AWS's for bearer tokens; those of logins, which AWS does not state, are wide.
var (
	TokenLimits = Limits{Bytes: 150 << 10, Keys: 10}
	LoginLimits = Limits{Bytes: 512 << 10, Keys: 100}
)

// KeySet are the keys that an endpoint publishes (RFC 7517), kept and refreshed. It may be used from any goroutine.
type KeySet struct {
	client *Client
	url    string
	limits Limits

	state atomic.Pointer[keyState]
	// verified are tokens of a moment ago.
	verified recent.Table[verified]

	mu sync.Mutex
	// flight is the question that is under way, nil without any.
	flight *flight
	// asked is when the last question ended, and failure what came of it when there are no keys.
	asked   time.Time
	failure *Error
}

type keyState struct {
	keys []jose.JSONWebKey
	// got is when they came, fresh until when they are believed.
	got, fresh time.Time
}

// flight is a question that several wait for.
type flight struct {
	done chan struct{}
	err  *Error
}

// setTable finds the KeySet of an endpoint as long as somebody holds it: rules that are compiled anew go on with the keys
// that they had.
type setTable struct {
	mu   sync.Mutex
	sets map[setKey]weak.Pointer[KeySet]
}

type setKey struct {
	url    string
	limits Limits
}

func newSetTable() setTable { return setTable{sets: map[setKey]weak.Pointer[KeySet]{}} }

// Keys is the KeySet of an endpoint. Nothing is asked until somebody needs a key.
func (c *Client) Keys(url string, limits Limits) *KeySet {
	key := setKey{url, limits}
	t := &c.sets
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.sets[key].Value(); k != nil {
		return k
	}
	k := &KeySet{client: c, url: url, limits: limits}
	pointer := weak.Make(k)
	t.sets[key] = pointer
	runtime.AddCleanup(k, func(key setKey) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.sets[key] == pointer { // else there is a new one already
			delete(t.sets, key)
		}
	}, key)
	return k
}

// find returns the keys that a signature may have been made with: those with the ID, all of them when the ID is empty. None is
// no error: the set does not have it. An *Error says that the endpoint could not be asked and that there are no keys to go
// on with.
func (k *KeySet) find(ctx context.Context, id string) ([]jose.JSONWebKey, *keyState, *Error) {
	s := k.state.Load()
	if !k.current(s) {
		if err := k.fetch(ctx, retryFirst); err != nil {
			return nil, nil, err
		}
		if s = k.state.Load(); s == nil {
			return nil, nil, failed(Failed, "%s has no keys", k.url)
		}
	}
	if found := s.named(id); len(found) > 0 {
		return found, s, nil
	}
	// A key that is not known may be a new one.
	_ = k.fetch(ctx, askAgain) // without an answer the keys are those that there were
	s = k.state.Load()
	return s.named(id), s, nil
}

// current says whether keys may still be used, and lets them be asked for in the background when they are no longer fresh.
func (k *KeySet) current(s *keyState) bool {
	now := k.client.now()
	if s == nil || now.Sub(s.got) > staleFor {
		return false
	}
	if now.After(s.fresh) {
		k.begin(askAgain)
	}
	return true
}

func (s *keyState) named(id string) []jose.JSONWebKey {
	if id == "" {
		return s.keys
	}
	for i := range s.keys {
		if s.keys[i].KeyID == id {
			return s.keys[i : i+1]
		}
	}
	return nil
}

// fetch asks the endpoint, or waits for who asks already, unless it was asked less than least ago.
func (k *KeySet) fetch(ctx context.Context, least time.Duration) *Error {
	f := k.begin(least)
	if f == nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.failure
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return failed(TimedOut, "%s did not answer in time", k.url)
	}
}

// begin lets the endpoint be asked in the background, unless that is under way or was done less than least ago; nil then.
func (k *KeySet) begin(least time.Duration) *flight {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.flight != nil {
		return k.flight
	}
	if !k.asked.IsZero() && k.client.now().Sub(k.asked) < least {
		return nil
	}
	f := &flight{done: make(chan struct{})}
	if !k.client.background(func(ctx context.Context) { k.ask(ctx, f) }) {
		k.failure = failed(Failed, "the proxy ends")
		return nil
	}
	k.flight = f
	return f
}

func (k *KeySet) ask(ctx context.Context, f *flight) {
	s, err := k.get(ctx)
	if err == nil {
		k.state.Store(s)
	}
	k.mu.Lock()
	k.flight, k.asked, k.failure = nil, k.client.now(), err
	k.mu.Unlock()
	f.err = err
	close(f.done)
}

func (k *KeySet) get(ctx context.Context) (*keyState, *Error) {
	r, err := http.NewRequest(http.MethodGet, k.url, nil)
	if err != nil {
		return nil, failed(Failed, "ask for keys: %w", err)
	}
	a, failure := k.client.ask(ctx, r, k.limits.Bytes)
	if failure != nil {
		return nil, failure
	}
	if a.status != http.StatusOK {
		return nil, failed(Failed, "%s answers with status %d", k.url, a.status)
	}
	keys, err := readKeys(a.body, k.limits.Keys)
	if errors.Is(err, errManyKeys) {
		return nil, failed(TooLarge, "%s has more than %d keys", k.url, k.limits.Keys)
	}
	if err != nil {
		return nil, failed(Unusable, "%s has no key set: %w", k.url, err)
	}
	now := k.client.now()
	return &keyState{keys: keys, got: now, fresh: now.Add(freshness(a.header))}, nil
}

// freshness is how long an answer may be used, by Cache-Control: max-age (RFC 9111 section 5.2.2.1) within our bounds.
func freshness(h http.Header) time.Duration {
	for _, directive := range strings.Split(h.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		n, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 32)
		if err != nil {
			continue
		}
		return min(max(time.Duration(n)*time.Second, freshLeast), freshMost)
	}
	return freshFor
}

var errManyKeys = errors.New("too many keys")

// readKeys reads a key set. Keys that we cannot use are passed over, as RFC 7517 section 5 wants it: other algorithms, keys
// for encryption, secrets.
func readKeys(body []byte, most int) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("it is not the JSON that was expected")
	}
	if set.Keys == nil {
		return nil, errors.New("the member keys is missing")
	}
	if len(set.Keys) > most {
		return nil, errManyKeys
	}
	out := []jose.JSONWebKey{}
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && usable(&key) {
			out = append(out, key)
		}
	}
	return out, nil
}

// usable says whether a key may verify signatures: a public one, for signatures, of a size that is neither weak nor made to
// keep us busy.
func usable(k *jose.JSONWebKey) bool {
	if k.Use != "" && k.Use != "sig" {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= 2048 && key.N.BitLen() <= 8192
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return k.Valid()
	}
	return false
}
