package world

import (
	"fmt"
	"slices"
	"strings"
)

// UserPool is a user pool of Amazon Cognito, as far as load balancers need one: the secrets of its clients, which AWS's own
// load balancers read by themselves, and where it is.
type UserPool struct {
	// ARN may be left out when ID is there, such as eu-west-1_Ab12Cd34e.
	ARN string `json:"arn,omitempty"`
	ID  string `json:"id,omitempty"`
	// Clients are the pool's clients that load balancers log users in with.
	Clients []UserPoolClient `json:"clients,omitempty"`
	// Issuer and the endpoints are those of a provider that stands for the pool, all or none; without them the pool is where
	// AWS has it.
	Issuer                string `json:"issuer,omitempty"`
	AuthorizationEndpoint string `json:"authorizationEndpoint,omitempty"`
	TokenEndpoint         string `json:"tokenEndpoint,omitempty"`
	UserInfoEndpoint      string `json:"userInfoEndpoint,omitempty"`
}

// UserPoolClient is a client of a user pool.
type UserPoolClient struct {
	ID string `json:"id"`
	// Secret is empty for a client without one.
	Secret string `json:"secret,omitempty"`
}

// StandsElsewhere says whether a provider stands for the pool.
func (p *UserPool) StandsElsewhere() bool { return p.Issuer != "" }

// UserPool is a copy of a user pool; false when the world has none of that ARN.
func (w *World) UserPool(arn string) (UserPool, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.state.UserPools[arn]
	if p == nil {
		return UserPool{}, false
	}
	out := *p
	out.Clients = slices.Clone(p.Clients)
	return out, true
}

// UserPoolSecret is the secret of a user pool's client; empty when there is none, or no such client.
func (w *World) UserPoolSecret(arn, client string) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.state.UserPools[arn]
	if p == nil {
		return ""
	}
	for i := range p.Clients {
		if p.Clients[i].ID == client {
			return p.Clients[i].Secret
		}
	}
	return ""
}

func (f *File) fillUserPools(s *State) {
	for _, p := range f.UserPools {
		if p.ARN == "" {
			p.ARN = s.Identity.ARN("cognito-idp", "userpool/"+p.ID)
		}
		s.UserPools[p.ARN] = &p
	}
}

// userPools checks the user pools of a file.
func (c *checker) userPools() {
	seen := map[string]bool{}
	for i, p := range c.f.UserPools {
		path := at("userPools", i, "")
		_, id, found := strings.Cut(p.ARN, ":userpool/")
		switch {
		case p.ARN == "" && p.ID == "":
			c.say(path, "arn or id is needed")
		case p.ARN != "" && (!found || !strings.Contains(p.ARN, ":cognito-idp:")):
			c.say(at("userPools", i, "arn"), "%q is not the ARN of a user pool", p.ARN)
		case p.ARN != "" && p.ID != "" && p.ID != id:
			c.say(at("userPools", i, "id"), "%q is not the pool of the ARN", p.ID)
		}
		if name := p.ARN + " " + p.ID; seen[name] {
			c.say(path, "the pool stands here twice")
		} else {
			seen[name] = true
		}
		given := 0
		for _, text := range []string{p.Issuer, p.AuthorizationEndpoint, p.TokenEndpoint, p.UserInfoEndpoint} {
			if text != "" {
				given++
			}
		}
		if given != 0 && given != 4 {
			c.say(path, "issuer, authorizationEndpoint, tokenEndpoint and userInfoEndpoint: all of them or none")
		}
		clients := map[string]bool{}
		for n, client := range p.Clients {
			if client.ID == "" || clients[client.ID] {
				c.say(fmt.Sprintf("%s.clients[%d].id", path, n), "%q is empty, or stands here twice", client.ID)
			}
			clients[client.ID] = true
		}
	}
}
