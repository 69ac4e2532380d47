package ingressnginx

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/htpasswd"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Forms of the Secret with the users.
const (
	authFile = "auth-file"
	authMap  = "auth-map"
	// authFileKey is the key of the Secret that holds the file.
	authFileKey = "auth"
)

// readBasicAuth finds the users. Whatever is missing denies the paths: a login that cannot be checked is never left out.
func (c *class) readBasicAuth(s *settings, r *annotation.Reader, ing *networkingv1.Ingress, into *diag.Collector) {
	kind := annotation.Get(r, nginx.AuthType)
	if kind.Err != nil {
		return // denied already
	}
	object := objectOf(ing)
	if !kind.Set {
		if annotation.Get(r, nginx.AuthSecret).Set {
			key := nginx.Registry.FullKey(&nginx.AuthSecret.Entry)
			into.Add(diag.NginxAuthOff, object, annotation.FieldOf(key), diag.A("key", key))
		}
		return
	}
	fail := func(k annotation.Declared, reason string) {
		s.deny("basic authentication: " + reason)
		into.Add(diag.NginxAuthIncomplete, object, annotation.FieldOf(nginx.Registry.FullKey(k.Declaration())),
			diag.A("reason", reason))
	}
	if kind.Value != "basic" {
		fail(nginx.AuthType, "the type "+kind.Value+" is not carried out")
		return
	}
	ref, form := annotation.Get(r, nginx.AuthSecret), annotation.Get(r, nginx.AuthSecretType)
	if ref.Err != nil || form.Err != nil {
		return // denied already
	}
	if !ref.Set {
		fail(nginx.AuthSecret, "auth-secret is not set")
		return
	}
	name, allowed := c.secretName(ing, ref.Value)
	if !allowed {
		fail(nginx.AuthSecret, fmt.Sprintf("the Secret %s is of another namespace, which allow-cross-namespace-resources does not permit", name))
		return
	}
	secret := c.in.Objects.Secret(name)
	if secret == nil {
		fail(nginx.AuthSecret, fmt.Sprintf("the Secret %s does not exist", name))
		return
	}
	list := &model.UserList{ID: "auth/" + name.String() + "/" + form.Value}
	var complaints []complaint
	switch form.Value {
	case authMap:
		list.Users, complaints = usersOfMap(secret)
	default:
		file, ok := dataOf(secret, authFileKey)
		if !ok {
			fail(nginx.AuthSecret, fmt.Sprintf("the Secret %s lacks the key %s", name, authFileKey))
			return
		}
		list.Users, complaints = usersOfFile(string(file))
	}
	for _, l := range complaints {
		into.Add(diag.NginxAuthLine, object, annotation.FieldOf(nginx.Registry.FullKey(&nginx.AuthSecret.Entry)),
			diag.A("place", l.place), diag.A("secret", name), diag.A("reason", l.reason))
	}
	s.users = list
	s.basicAuth = &model.BasicAuth{Realm: annotation.Get(r, nginx.AuthRealm).Value, Users: list.ID}
}

// dataOf reads a key of a Secret. stringData is looked at as well, since manifests from files were never merged by
// an API server; there it wins over data.
func dataOf(secret *corev1.Secret, key string) ([]byte, bool) {
	if v, ok := secret.StringData[key]; ok {
		return []byte(v), true
	}
	v, ok := secret.Data[key]
	return v, ok
}

// complaint is something in a user list that is no user.
type complaint struct {
	place, reason string
}

// usersOfMap reads one user per key.
func usersOfMap(secret *corev1.Secret) ([]model.User, []complaint) {
	keys := slices.Collect(maps.Keys(secret.Data))
	keys = append(keys, slices.Collect(maps.Keys(secret.StringData))...)
	slices.Sort(keys)
	var users []model.User
	var bad []complaint
	for _, k := range slices.Compact(keys) {
		hash, _ := dataOf(secret, k)
		text := strings.TrimSpace(string(hash))
		if err := htpasswd.Check(text); err != nil {
			bad = append(bad, complaint{"the key " + k, err.Error()})
		}
		users = append(users, model.User{Name: k, Hash: text})
	}
	return users, bad
}

// usersOfFile reads the lines of a password file.
func usersOfFile(text string) ([]model.User, []complaint) {
	list, problems := htpasswd.ParseFile(text)
	users := make([]model.User, len(list))
	for i, u := range list {
		users[i] = model.User{Name: u.Name, Hash: u.Hash}
	}
	bad := make([]complaint, len(problems))
	for i, p := range problems {
		bad[i] = complaint{fmt.Sprintf("line %d", p.Line), p.Text}
	}
	return users, bad
}
