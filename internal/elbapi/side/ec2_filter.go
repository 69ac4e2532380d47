package side

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// maxFilterValues is EC2's limit on the values of all filters of a call.
const maxFilterValues = 200

// kind says how one kind of resource is listed.
type kind[T any] struct {
	// missing is the code for ids that are not there, noun the word for them in its message.
	missing, noun string
	id            func(T) string
	tags          func(T) world.Tags
	// fields are the filters besides those on tags, and what a resource has to show for each.
	fields map[string]func(T) []string
}

// query is what is common to all Describe calls.
type query struct {
	ids     []string
	filters []types.Filter
	max     *int32
	token   *string
}

// list picks from all resources, sorted by id, those that a call asks for.
func (k kind[T]) list(all []T, q query) ([]T, *string, error) {
	keep, err := k.filter(q.filters)
	if err != nil {
		return nil, nil, err
	}
	if err := k.present(all, q.ids); err != nil {
		return nil, nil, err
	}
	size, err := pageSize(q)
	if err != nil {
		return nil, nil, err
	}
	out := []T{}
	for _, x := range all {
		if (len(q.ids) == 0 || slices.Contains(q.ids, k.id(x))) && keep(x) {
			out = append(out, x)
		}
	}
	rows, next, ok := page(out, k.id, size, q.token)
	if !ok {
		return nil, nil, wire.Errorf("InvalidPaginationToken", "The specified pagination token is not valid or is expired.")
	}
	return rows, next, nil
}

func pageSize(q query) (int, error) {
	if q.max == nil {
		return 0, nil
	}
	if len(q.ids) > 0 {
		return 0, wire.Errorf("InvalidParameterCombination", "Ids and maxResults cannot be given in the same request.")
	}
	if *q.max < 5 {
		return 0, wire.Errorf(wire.InvalidParameterValue, "Value ( %d ) for parameter maxResults is invalid. Expecting a value of at least 5.", *q.max)
	}
	return min(int(*q.max), 1000), nil
}

func (k kind[T]) present(all []T, ids []string) error {
	var absent []string
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(x T) bool { return k.id(x) == id }) {
			absent = append(absent, id)
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return notFound(k.missing, k.noun, strings.Join(absent, ", "))
}

func notFound(code, noun, id string) error {
	return wire.Errorf(code, "The %s '%s' does not exist", noun, id)
}

// filter makes one predicate of filters: all of them must hold, each for one of its values.
func (k kind[T]) filter(filters []types.Filter) (func(T) bool, error) {
	total := 0
	for _, f := range filters {
		name := aws.ToString(f.Name)
		total += len(f.Values)
		if name == "" {
			return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter Filter.Name")
		}
		if len(f.Values) == 0 {
			return nil, wire.Errorf(wire.InvalidParameterValue, "The filter '%s' has no values", name)
		}
		if _, ok := k.fields[name]; !ok && (k.tags == nil || !isTagFilter(name)) {
			return nil, wire.Errorf(wire.InvalidParameterValue, "The filter '%s' is invalid", name)
		}
	}
	if total > maxFilterValues {
		return nil, wire.Errorf("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maxFilterValues)
	}
	return func(x T) bool {
		for _, f := range filters {
			if !slices.ContainsFunc(k.values(x, aws.ToString(f.Name)), func(have string) bool { return anyGlob(f.Values, have) }) {
				return false
			}
		}
		return true
	}, nil
}

func anyGlob(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return glob(p, text) })
}

func isTagFilter(name string) bool {
	return name == "tag-key" || name == "tag-value" || strings.HasPrefix(name, "tag:") && len(name) > len("tag:")
}

// values are what a resource has to show for a filter.
func (k kind[T]) values(x T, name string) []string {
	if field, ok := k.fields[name]; ok {
		return field(x)
	}
	var out []string
	for key, value := range k.tags(x) {
		switch {
		case name == "tag-key":
			out = append(out, key)
		case name == "tag-value" || name == "tag:"+key:
			out = append(out, value)
		}
	}
	return out
}

// one makes a field of a single value.
func one[T any](f func(T) string) func(T) []string {
	return func(x T) []string { return []string{f(x)} }
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
