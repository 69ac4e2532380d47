package idp

import (
	"errors"
	"math"
	"time"

	"github.com/go-jose/go-jose/v4/json"
)

// Leeway is how far the clocks of a provider and ours may be apart when a token says that it is of the future.
const Leeway = 30 * time.Second

// Claims are the members of a token's payload. Names are compared as they are, and none stands twice.
type Claims map[string]json.RawMessage

// ReadClaims reads a payload.
func ReadClaims(payload []byte) (Claims, error) {
	var c Claims
	if err := json.Unmarshal(payload, &c); err != nil || c == nil {
		return nil, errors.New("the token's payload is no JSON object")
	}
	return c, nil
}

// Text is a claim that is a string.
func (c Claims) Text(name string) (string, bool) {
	var text *string
	if json.Unmarshal(c[name], &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}

// Texts is a claim that is a list of strings.
func (c Claims) Texts(name string) ([]string, bool) {
	var list []*string
	if json.Unmarshal(c[name], &list) != nil || list == nil {
		return nil, false
	}
	out := make([]string, len(list))
	for i, text := range list {
		if text == nil {
			return nil, false
		}
		out[i] = *text
	}
	return out, true
}

// Audience is who a token is for: aud is one string or a list (RFC 7519 section 4.1.3).
func (c Claims) Audience() []string {
	if one, ok := c.Text("aud"); ok {
		return []string{one}
	}
	list, _ := c.Texts("aud")
	return list
}

// Has says whether there is a claim of that name, whatever it holds.
func (c Claims) Has(name string) bool { _, ok := c[name]; return ok }

// Time is a claim that is a NumericDate (RFC 7519 section 2).
func (c Claims) Time(name string) (time.Time, bool) {
	var seconds *float64
	if json.Unmarshal(c[name], &seconds) != nil || seconds == nil || math.IsNaN(*seconds) || math.Abs(*seconds) > 1<<52 {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Floor(*seconds)), 0), true
}

// Current says why a token is not valid now: exp is required, nbf and iat are looked at where they are.
func (c Claims) Current(now time.Time) error {
	expires, ok := c.Time("exp")
	switch {
	case !ok:
		return errors.New("the token does not say when it expires")
	case !now.Before(expires):
		return errors.New("the token has expired")
	}
	for _, name := range [...]string{"nbf", "iat"} {
		if !c.Has(name) {
			continue
		}
		from, ok := c.Time(name)
		if !ok || now.Add(Leeway).Before(from) {
			return errors.New("the token is not valid yet")
		}
	}
	return nil
}
