package action

import (
	"maps"
	"slices"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// attributeTable is what a resource's attributes are described and checked with.
type attributeTable struct {
	resource model.AttributeResource
	kind     model.LoadBalancerType
	// applies says whether a row of the table is for this resource; nil: all of its kind are.
	applies func(*model.AttributeSpec) bool
	// defaults are those that depend on more than the kind.
	defaults map[string]string
}

// rows lists the attributes that the resource has.
func (t *attributeTable) rows() []model.AttributeSpec {
	return slices.DeleteFunc(model.Attributes(), func(s model.AttributeSpec) bool {
		return s.Resource != t.resource || !slices.Contains(s.Types, t.kind) || t.applies != nil && !t.applies(&s)
	})
}

// describe lists all attributes with their values, in the order of the table.
func (t *attributeTable) describe(set map[string]string) []model.Attribute {
	rows := t.rows()
	out := make([]model.Attribute, len(rows))
	for i := range rows {
		s := &rows[i]
		out[i] = model.Attribute{Key: s.Key, Value: s.Default}
		if v, ok := t.defaults[s.Key]; ok {
			out[i].Value = v
		}
		if v, ok := set[s.Key]; ok {
			out[i].Value = v
		}
	}
	return out
}

// modify checks a change and returns what is set after it. All of it counts or none.
func (t *attributeTable) modify(set map[string]string, change []model.Attribute) (map[string]string, error) {
	if len(change) == 0 {
		return nil, required("Attributes")
	}
	rows := t.rows()
	seen := map[string]string{}
	for _, c := range change {
		if _, twice := seen[c.Key]; twice {
			return nil, invalid("The %s attribute '%s' is given more than once", t.resource, c.Key)
		}
		seen[c.Key] = c.Value
		if err := model.CheckAttribute(t.resource, t.kind, c.Key, c.Value); err != nil {
			return nil, invalid("The %s attribute '%s' cannot have the value '%s': %v", t.resource, c.Key, c.Value, err)
		}
		if !slices.ContainsFunc(rows, func(s model.AttributeSpec) bool { return s.Key == c.Key }) {
			return nil, invalid("The %s attribute '%s' is not supported by this %s", t.resource, c.Key, t.resource)
		}
	}
	next := store.Set(set, seen)
	all := make([]model.Attribute, 0, len(next))
	for _, k := range slices.Sorted(maps.Keys(next)) {
		all = append(all, model.Attribute{Key: k, Value: next[k]})
	}
	if err := model.CheckAttributes(t.resource, t.kind, all); err != nil {
		return nil, conflicting("The %s attributes do not fit together: %v", t.resource, err)
	}
	return next, nil
}
