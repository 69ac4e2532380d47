package action

import (
	"fmt"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Check says why a rule's actions cannot be carried out: there must be at most one routing action, and it must be the
// last one; actions that admit users are not carried out yet, and leaving them away would let everybody in.
func Check(actions []model.Action) error {
	for i, a := range actions {
		switch a.Type {
		case model.ActionForward, model.ActionRedirect, model.ActionFixedResponse:
			if i != len(actions)-1 {
				return fmt.Errorf("action %s is not the last one", a.Type)
			}
			if a.Forward == nil && a.Redirect == nil && a.FixedResponse == nil {
				return fmt.Errorf("action %s has no settings", a.Type)
			}
		case model.ActionAuthenticateOIDC, model.ActionAuthenticateCognito, model.ActionJWTValidation:
			return fmt.Errorf("action %s is not carried out by this proxy yet", a.Type)
		default:
			return fmt.Errorf("action %q is unknown", a.Type)
		}
	}
	return nil
}

// Routing is the last action, which decides where requests go; the zero Action without any.
func Routing(actions []model.Action) model.Action {
	if len(actions) == 0 {
		return model.Action{}
	}
	return actions[len(actions)-1]
}
