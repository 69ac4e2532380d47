package idp

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	maxMetadata = 256 << 10
	// knownFor and unknownFor are how long an answer, and having none, is believed.
	knownFor, unknownFor = time.Hour, time.Minute
	// maxIssuers bounds the table.
	maxIssuers = 1024
)

// issuerTable remembers where issuers publish their keys.
type issuerTable struct {
	mu   sync.Mutex
	rows map[string]published
}

type published struct {
	keys  string
	until time.Time
}

func newIssuerTable() issuerTable { return issuerTable{rows: map[string]published{}} }

// Published finds where an issuer publishes its keys (OpenID Connect Discovery section 4); "" when it does not say.
func (c *Client) Published(ctx context.Context, issuer string) string {
	now := c.now()
	c.issuer.mu.Lock()
	row, ok := c.issuer.rows[issuer]
	c.issuer.mu.Unlock()
	if ok && now.Before(row.until) {
		return row.keys
	}
	keys, said := c.metadata(ctx, issuer)
	if !said {
		// What it said last stays true: leaving the signature unchecked is for those who publish nothing.
		keys = row.keys
	}
	row = published{keys, now.Add(unknownFor)}
	if said {
		row.until = now.Add(knownFor)
	}
	c.issuer.mu.Lock()
	defer c.issuer.mu.Unlock()
	if len(c.issuer.rows) >= maxIssuers {
		clear(c.issuer.rows)
	}
	c.issuer.rows[issuer] = row
	return keys
}

// metadata reads jwks_uri out of the issuer's metadata, which must be about that issuer.
func (c *Client) metadata(ctx context.Context, issuer string) (keys string, said bool) {
	at := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	if c.Check(at) != nil {
		return "", false
	}
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		return "", false
	}
	a, failure := c.ask(ctx, r, maxMetadata)
	if failure != nil || a.status != http.StatusOK {
		return "", false
	}
	var m struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if json.Unmarshal(a.body, &m) != nil || m.Issuer != issuer || c.Check(m.Keys) != nil {
		return "", false
	}
	return m.Keys, true
}
