package compile

import (
	"maps"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// Apply makes the snapshot that follows prev (nil for the first one) when some units change and others go. prev stays as
// it is and valid. It returns the diagnostics of what was compiled anew. It never fails: what cannot be compiled is
// left out or answers 503, and is reported. Its cost follows what changes, not the size of the snapshot.
func Apply(prev *Snapshot, changed []Unit, removed []string, deps Deps) (*Snapshot, []diag.Diagnostic) {
	if prev == nil {
		prev = &Snapshot{}
	}
	e := prev.edit(deps)
	next := map[string]*model.Model{}
	for _, key := range removed {
		next[key] = nil
	}
	for _, u := range changed {
		next[u.Key] = u.Model
	}
	var fresh []*unit
	for _, key := range sortedKeys(next) {
		if u := e.replace(key, next[key]); u != nil {
			fresh = append(fresh, u)
		}
	}
	dropped := e.settleGroups()
	for _, u := range fresh {
		e.compileNginx(u)
	}
	for _, id := range sortedKeys(e.touchedELB) {
		e.compileELB(id)
	}
	for _, id := range sortedKeys(e.touchedNginx) {
		e.touchedNginx[id].done()
	}
	for _, u := range fresh {
		e.diags.Append(u.diags...)
	}
	s := e.snapshot()
	s.dropped = dropped
	return s, e.diags.Sorted()
}

// Compile makes a snapshot of a whole model.
func Compile(m *model.Model, deps Deps) (*Snapshot, []diag.Diagnostic) {
	return Apply(nil, []Unit{{Key: "model", Model: m}}, nil, deps)
}

// edit is a snapshot being made.
type edit struct {
	deps   Deps
	units  *route.Edit[*unit]
	groups *route.Edit[*group]
	parsed *route.Edit[parsedCertificate]
	elb    *route.Edit[*elb]
	nginx  *route.Edit[*nginx]

	// changedGroups holds the groups that were counted, as they were before.
	changedGroups map[string]*group
	touchedELB    map[string]bool
	touchedNginx  map[string]*nginxEdit
	diags         diag.Collector
}

func (s *Snapshot) edit(deps Deps) *edit {
	return &edit{
		deps: deps, units: s.units.Edit(), groups: s.groups.Edit(), parsed: s.parsed.Edit(), elb: s.elb.Edit(),
		nginx: s.nginx.Edit(), changedGroups: map[string]*group{}, touchedELB: map[string]bool{},
		touchedNginx: map[string]*nginxEdit{},
	}
}

func (e *edit) snapshot() *Snapshot {
	return &Snapshot{
		units: e.units.Done(), groups: e.groups.Done(), parsed: e.parsed.Done(), elb: e.elb.Done(), nginx: e.nginx.Done(),
	}
}

func (e *edit) report(d ...diag.Diagnostic) { e.diags.Append(d...) }

// replace takes the unit of that key out and puts one with another model in; nil for none. It returns the new unit.
func (e *edit) replace(key string, m *model.Model) *unit {
	old, had := e.units.Get(key)
	var u *unit
	if m != nil {
		u = &unit{key: key, model: m}
		e.parseCertificates(u, old)
		u.parseTrustStores(old)
		e.countGroups(m, 1)
		e.units.Set(key, u)
	}
	if had {
		e.countGroups(old.model, -1)
		for _, id := range sortedKeys(old.certs) {
			e.countCertificate(id, old.certs[id], -1)
		}
		for _, p := range old.nginx {
			e.nginxOf(p.lb).remove(key, p)
		}
		e.placeELB(key, old.model, nil)
		if u == nil {
			e.units.Delete(key)
		}
	}
	if u != nil {
		e.placeELB(key, m, u)
	}
	return u
}

// sortedKeys lists a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// config starts the description of a rule for its steps.
func (e *edit) config(u *unit, dialect model.Dialect) Config {
	return Config{
		Dialect: dialect,
		Group: func(id string) exchange.Group {
			if u.hasGroup(id) {
				return e.handle(id)
			}
			return nil
		},
		Users: u.userList,
	}
}
