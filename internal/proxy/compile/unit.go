package compile

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// unit is a unit as a snapshot keeps it. It is not changed once its snapshot is out.
type unit struct {
	key   string
	model *model.Model
	// certs are the certificates with content that could be parsed, by ID; broken tells those that could not.
	certs  map[string]*Certificate
	broken map[string]bool
	// stores are the trust stores with content that could be parsed, by ID.
	stores map[string]*TrustStore
	// nginx is what the unit adds to load balancers with DialectNginx; the others are compiled as a whole.
	nginx []*nginxPart
	diags []diag.Diagnostic
}

// userList returns a user list of the unit.
func (u *unit) userList(id string) *model.UserList {
	for i := range u.model.UserLists {
		if u.model.UserLists[i].ID == id {
			return &u.model.UserLists[i]
		}
	}
	return nil
}

// hasGroup says whether the unit describes a target group.
func (u *unit) hasGroup(id string) bool {
	for i := range u.model.TargetGroups {
		if u.model.TargetGroups[i].ID == id {
			return true
		}
	}
	return false
}

// print is a fingerprint of a part of a model.
type print [sha256.Size]byte

// printOf takes the fingerprint of a value of the model. Model types hold nothing that JSON cannot.
func printOf(v any) print {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(err.Error())
	}
	return sha256.Sum256(text)
}

// objectOf names the object that a rule came from; without one, the unit's load balancer.
func objectOf(s model.Source, lb string) diag.Object {
	if s.Name == "" {
		return diag.Object{Kind: "LoadBalancer", Name: lb}
	}
	return diag.Object{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name}
}

// settingOf is the object that asked for a setting of a listener, or of the load balancer itself when l is nil. Where nobody
// is noted it is the object that the load balancer as a whole came from.
func settingOf(lb *model.LoadBalancer, l *model.Listener, setting string) model.Source {
	if l != nil {
		if s := l.SourceOf(setting); s.Name != "" {
			return s
		}
		setting = ""
	}
	return lb.SourceOf(setting)
}
