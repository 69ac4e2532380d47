package jwt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// algorithms are those that AWS takes.
var algorithms = []jose.SignatureAlgorithm{jose.RS256}

// step checks tokens.
type step struct {
	issuer string
	keys   *idp.KeySet
	demand []demand
	now    func() time.Time
	style  page.Style
}

// New makes the step of a jwt-validation action; nil for nil. now is the clock, time.Now when nil.
func New(c *compile.Config, v *model.JWTValidation, client *idp.Client, now func() time.Time) (exchange.Filter, error) {
	if v == nil {
		return nil, nil
	}
	if client == nil {
		return nil, errors.New("tokens cannot be checked here")
	}
	if c.Listener == nil || c.Listener.Protocol != model.HTTPS {
		return nil, errors.New("tokens are checked on HTTPS listeners only")
	}
	if v.Issuer == "" {
		return nil, errors.New("jwt-validation names no issuer")
	}
	if err := client.Check(v.JWKSEndpoint); err != nil {
		return nil, err
	}
	demands, err := demandsOf(v.AdditionalClaims)
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &step{
		issuer: v.Issuer, keys: client.Keys(v.JWKSEndpoint, idp.TokenLimits), demand: demands, now: now, style: c.Style,
	}, nil
}

// Blocks says that the step may wait for keys, and that verifying takes its time.
func (*step) Blocks() bool { return true }

// Asks says that the token is checked with the issuer's keys, which may have to be asked for.
func (s *step) Asks(x *exchange.Exchange) string {
	if _, ok := bearer(&x.Request.Header); !ok {
		return ""
	}
	return "checks the token with the keys of its issuer " + s.issuer
}

// Request lets requests with a valid token through.
func (s *step) Request(x *exchange.Exchange) exchange.Verdict {
	x.Did(exchange.ActionJWT)
	token, ok := bearer(&x.Request.Header)
	if !ok {
		return s.refuse(x, 401)
	}
	payload, err := s.keys.Verify(context.Background(), token, algorithms) // bounded by idp.Timeout
	if _, missing := errors.AsType[*idp.Error](err); missing {
		return s.refuse(x, 562)
	}
	if err != nil || !s.accepts(payload) {
		return s.refuse(x, 401)
	}
	return exchange.Continue
}

func (s *step) refuse(x *exchange.Exchange, status int) exchange.Verdict {
	s.style.Error(x, status)
	return exchange.Respond
}

// accepts looks at what a token says, once it is known that the issuer said it.
func (s *step) accepts(payload []byte) bool {
	claims, err := idp.ReadClaims(payload)
	if err != nil || claims.Current(s.now()) != nil {
		return false
	}
	if issuer, ok := claims.Text("iss"); !ok || issuer != s.issuer {
		return false
	}
	for i := range s.demand {
		if !s.demand[i].met(claims) {
			return false
		}
	}
	return true
}

// bearer is the token of a request (RFC 6750 section 2.1). Two Authorization fields are two stories.
func bearer(h *exchange.Header) (string, bool) {
	var value []byte
	for i := range h.Len() {
		if f := h.At(i); exchange.EqualFold(f.Name, "authorization") {
			if value != nil {
				return "", false
			}
			value = f.Value
		}
	}
	scheme, token, ok := bytes.Cut(value, []byte(" "))
	if !ok || !exchange.EqualFold(scheme, "bearer") {
		return "", false
	}
	token = bytes.Trim(token, " ")
	return string(token), len(token) > 0
}
