package idp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxTokens and maxClaims bound what a provider may say. What fits into a session is decided elsewhere.
	maxTokens = 128 << 10
	maxClaims = 128 << 10
	// maxLifetime bounds expires_in, so that no sum overflows.
	maxLifetime = 10 * 365 * 24 * time.Hour
)

// Grant is a request to a token endpoint.
type Grant struct {
	Endpoint, ClientID string
	// ClientSecret goes into the body (client_secret_post), and into Authorization where a provider takes it only there
	// (client_secret_basic); none for a public client.
	ClientSecret string
	// Code and RedirectURI are for a first login; RefreshToken for a later one.
	Code, RedirectURI, RefreshToken string
}

// Tokens are what a token endpoint answers.
type Tokens struct {
	AccessToken, IDToken, RefreshToken string
	// Lifetime is that of the access token; 0 when it was not said.
	Lifetime time.Duration
}

// Tokens asks a token endpoint (RFC 6749 sections 4.1.3 and 6).
func (c *Client) Tokens(ctx context.Context, g Grant) (Tokens, *Error) {
	a, failure := c.grant(ctx, &g, false)
	if failure == nil && g.ClientSecret != "" && unknownClient(a) {
		a, failure = c.grant(ctx, &g, true)
	}
	if failure != nil {
		return Tokens{}, failure
	}
	return readTokens(a)
}

// unknownClient says whether an answer is about the client and not about the grant, which is then as good as before.
func unknownClient(a answer) bool {
	var said struct {
		Error string `json:"error"`
	}
	return a.status != http.StatusOK && json.Unmarshal(a.body, &said) == nil && said.Error == "invalid_client"
}

// grant sends a request for tokens. basic says where the secret goes.
func (c *Client) grant(ctx context.Context, g *Grant, basic bool) (answer, *Error) {
	form := url.Values{"client_id": {g.ClientID}}
	if g.ClientSecret != "" && !basic {
		form.Set("client_secret", g.ClientSecret)
	}
	if g.RefreshToken != "" {
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", g.RefreshToken)
	} else {
		form.Set("grant_type", "authorization_code")
		form.Set("code", g.Code)
		form.Set("redirect_uri", g.RedirectURI)
	}
	r, err := http.NewRequest(http.MethodPost, g.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, failed(Failed, "ask for tokens: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		r.SetBasicAuth(url.QueryEscape(g.ClientID), url.QueryEscape(g.ClientSecret)) // RFC 6749 section 2.3.1
	}
	return c.ask(ctx, r, maxTokens)
}

func readTokens(a answer) (Tokens, *Error) {
	var said struct {
		Error        string          `json:"error"`
		AccessToken  string          `json:"access_token"`
		IDToken      string          `json:"id_token"`
		RefreshToken string          `json:"refresh_token"`
		TokenType    string          `json:"token_type"`
		ExpiresIn    json.RawMessage `json:"expires_in"`
	}
	err := json.Unmarshal(a.body, &said)
	switch {
	case a.status != http.StatusOK && err == nil && said.Error == "invalid_grant":
		return Tokens{}, failed(Refused, "the token endpoint refuses the grant")
	case a.status != http.StatusOK:
		return Tokens{}, failed(Failed, "the token endpoint answers with status %d", a.status)
	case err != nil:
		return Tokens{}, failed(Unusable, "the token endpoint's answer is not the JSON that was expected")
	case !visible(said.AccessToken):
		return Tokens{}, failed(Unusable, "the token endpoint's answer has no access token")
	case said.TokenType != "" && !strings.EqualFold(said.TokenType, "Bearer"):
		return Tokens{}, failed(Unusable, "the token endpoint's answer has a token that is no bearer token")
	}
	return Tokens{
		AccessToken: said.AccessToken, IDToken: said.IDToken, RefreshToken: said.RefreshToken,
		Lifetime: lifetime(said.ExpiresIn),
	}, nil
}

// visible says whether a token may stand in a header field (RFC 6750 section 2.1 allows less still).
func visible(token string) bool {
	return token != "" && strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
}

// lifetime reads expires_in, which some providers write as a string.
func lifetime(text json.RawMessage) time.Duration {
	n, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err != nil || !(n > 0) {
		return 0
	}
	return time.Duration(min(n, maxLifetime.Seconds())) * time.Second
}

// UserInfo asks a provider what it knows of a user (OpenID Connect Core section 5.3). The answer is a JSON object.
func (c *Client) UserInfo(ctx context.Context, endpoint, accessToken string) ([]byte, *Error) {
	r, err := http.NewRequest(http.MethodGet, endpoint, nil)
	if err != nil {
		return nil, failed(Failed, "ask for claims: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+accessToken)
	a, failure := c.ask(ctx, r, maxClaims)
	switch {
	case failure != nil:
		return nil, failure
	case a.status != http.StatusOK:
		return nil, failed(Failed, "the userinfo endpoint answers with status %d", a.status)
	case !json.Valid(a.body):
		return nil, failed(Unusable, "the userinfo endpoint's answer is not JSON")
	}
	return a.body, nil
}
