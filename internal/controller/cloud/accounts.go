package cloud

import (
	"sync"

	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/controller"
)

// account is how target groups of another account are reached.
type account struct {
	role, externalID string
}

// accounts are the registrars with the rights of roles. Each is kept, with the credentials that its role gave.
type accounts struct {
	clients *client.Clients
	options targets.Options

	mu sync.Mutex
	by map[account]*targets.Registrar
}

// registrarOptions are the same for all accounts: what is asked about networks is asked with the cluster's own rights.
func (c *Cloud) registrarOptions() targets.Options {
	return targets.Options{VPC: c.resolver.Network, OtherVPC: c.resolver.NetworkOf}
}

// registrarOf is the registrar with the rights that a target group needs.
func (c *Cloud) registrarOf(want controller.Registration) *targets.Registrar {
	if want.RoleARN == "" {
		return c.registrar
	}
	return c.accounts.registrar(account{want.RoleARN, want.ExternalID})
}

func (a *accounts) registrar(of account) *targets.Registrar {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.by[of]
	if r == nil {
		r = targets.New(a.clients.As(of.role, of.externalID), a.options)
		if a.by == nil {
			a.by = map[account]*targets.Registrar{}
		}
		a.by[of] = r
	}
	return r
}

// reset forgets what groups have, and the credentials.
func (a *accounts) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.by = nil
}
