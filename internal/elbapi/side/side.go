package side

import (
	"context"
	"encoding/base64"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// Resource is a resource of ELBv2, as much of it as its neighbours ask for.
type Resource struct {
	ARN  string
	Tags world.Tags
}

// Options are what the calls need.
type Options struct {
	World *world.World
	// Balancers lists the load balancers, listeners, rules and target groups that exist, in any order; nil for none. It is
	// called without locks held.
	Balancers func() []Resource
}

// Side answers the calls.
type Side struct {
	world     *world.World
	balancers func() []Resource
}

// New makes a Side.
func New(o Options) *Side {
	if o.Balancers == nil {
		o.Balancers = func() []Resource { return nil }
	}
	return &Side{world: o.World, balancers: o.Balancers}
}

// ec2Op makes a row of EC2. DryRun is answered here, before anything is looked at: EC2 checks only permissions then.
func ec2Op[In, Out any](name string, do func(context.Context, *In) (*Out, error)) wire.Operation {
	return wire.Op(wire.EC2, name, func(ctx context.Context, in *In) (*Out, error) {
		if f := reflect.ValueOf(in).Elem().FieldByName("DryRun"); f.IsValid() {
			if dry, ok := f.Interface().(*bool); ok && aws.ToBool(dry) {
				return nil, wire.Errorf("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
			}
		}
		return do(ctx, in)
	})
}

// view calls f with the state of the world, for reading.
func view[Out any](s *Side, f func(*world.State) (*Out, error)) (*Out, error) {
	return under(s.world.View, f)
}

// change calls f with the state of the world, for changing it.
func change[Out any](s *Side, f func(*world.State) (*Out, error)) (*Out, error) {
	return under(s.world.Change, f)
}

func under[Out any](lock func(func(*world.State) error) error, f func(*world.State) (*Out, error)) (*Out, error) {
	var out *Out
	err := lock(func(st *world.State) error {
		var err error
		out, err = f(st)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// page cuts one page out of a list that is sorted by key. A token names the last key that was shown, so that pages stay
// whole when resources come and go between two calls.
func page[T any](all []T, key func(T) string, size int, token *string) (rows []T, next *string, ok bool) {
	from := 0
	if t := aws.ToString(token); t != "" {
		last, err := base64.RawURLEncoding.DecodeString(t)
		if err != nil || !strings.HasPrefix(string(last), "after ") {
			return nil, nil, false
		}
		after := strings.TrimPrefix(string(last), "after ")
		from = len(all)
		if i := slices.IndexFunc(all, func(x T) bool { return key(x) > after }); i >= 0 {
			from = i
		}
	}
	rows = all[from:]
	if size > 0 && len(rows) > size {
		rows = rows[:size]
		next = aws.String(base64.RawURLEncoding.EncodeToString([]byte("after " + key(rows[size-1]))))
	}
	return rows, next, true
}

// pairs turns tags into a service's own type for them, sorted by key.
func pairs[T any](tags world.Tags, make func(key, value string) T) []T {
	var out []T
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, make(k, tags[k]))
	}
	return out
}

// glob says whether a text matches a pattern of filters: * is any text, ? any one character, a backslash takes the meaning
// from the next character. Its cost is bounded by the product of both lengths.
func glob(pattern, text string) bool {
	p, t := 0, 0
	star, resume := -1, 0 // where the last * was, and what of the text it does not cover yet
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			star, resume = p, t
			p++
			continue
		}
		if n := matchOne(pattern[p:], text[t]); n > 0 {
			p += n
			t++
			continue
		}
		if star < 0 {
			return false
		}
		resume++
		p, t = star+1, resume
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne says how many bytes of the pattern stand for this byte: 0 when it does not match.
func matchOne(pattern string, b byte) int {
	switch {
	case pattern == "":
		return 0
	case pattern[0] == '?':
		return 1
	case pattern[0] == '\\' && len(pattern) > 1:
		if pattern[1] == b {
			return 2
		}
		return 0
	case pattern[0] == b:
		return 1
	}
	return 0
}

// shown turns what a call found into the service's own type for it. The list is never nil: it is written even if empty.
func shown[T, Out any](rows []T, show func(T) Out) []Out {
	out := make([]Out, 0, len(rows))
	for _, r := range rows {
		out = append(out, show(r))
	}
	return out
}
