package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/gwanmun/gwanmun/internal/model"
)

// secretsOf is a short text that is equal for equal client secrets of logins; noSecrets when there are none. AWS never gives a
// secret away, so that this is how a process learns that one was changed while none was running.
func secretsOf(m *model.Model) string {
	h, some := sha256.New(), false
	eachLogin(m, func(o *model.AuthenticateOIDC) {
		some = true
		fmt.Fprintf(h, "%q %q %q\n", o.Issuer, o.ClientID, o.ClientSecret)
	})
	if !some {
		return noSecrets
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// unknownSecret differs from every secret that somebody may have: no secret holds a line end.
const unknownSecret = "unknown\n"

// doubtSecrets makes every login of an observed model differ from what is desired, so that its secret is sent again.
func doubtSecrets(m *model.Model) {
	eachLogin(m, func(o *model.AuthenticateOIDC) { o.ClientSecret = unknownSecret })
}

// eachLogin visits the logins of a model in order.
func eachLogin(m *model.Model, visit func(*model.AuthenticateOIDC)) {
	actions := func(list []model.Action) {
		for i := range list {
			if list[i].AuthenticateOIDC != nil {
				visit(list[i].AuthenticateOIDC)
			}
		}
	}
	for i := range m.LoadBalancers {
		for j := range m.LoadBalancers[i].Listeners {
			l := &m.LoadBalancers[i].Listeners[j]
			actions(l.DefaultActions)
			for k := range l.Rules {
				actions(l.Rules[k].Actions)
			}
		}
	}
}
