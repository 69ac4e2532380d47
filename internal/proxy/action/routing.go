package action

import (
	"fmt"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Check says why a rule's actions cannot be carried out: there must be at most one routing action, and it must be the
// last one; before it there is at most one that admits users, as on AWS.
func Check(actions []model.Action) error {
	admits := 0
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
			if admits++; admits > 1 {
				return fmt.Errorf("action %s is the second one that admits users", a.Type)
			}
			if !set(a) {
				return fmt.Errorf("action %s has no settings", a.Type)
			}
			if i == len(actions)-1 {
				return fmt.Errorf("no action follows %s", a.Type)
			}
		default:
			return fmt.Errorf("action %q is unknown", a.Type)
		}
	}
	return nil
}

// set says whether the member that belongs to the type of an action that admits users is there.
func set(a model.Action) bool {
	switch a.Type {
	case model.ActionAuthenticateOIDC:
		return a.AuthenticateOIDC != nil
	case model.ActionAuthenticateCognito:
		return a.AuthenticateCognito != nil
	}
	return a.JWTValidation != nil
}

// Routing is the last action, which decides where requests go; the zero Action without any.
func Routing(actions []model.Action) model.Action {
	if len(actions) == 0 {
		return model.Action{}
	}
	return actions[len(actions)-1]
}
