package side

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

const (
	testVPC   = "vpc-0a1b2c3d4e5f60718"
	publicA   = "subnet-0a00000000000001a"
	privateA  = "subnet-0a00000000000002a"
	nodeA     = "i-0a00000000000001a"
	nodeGroup = "sg-0a00000000000001a"
	vpcGroup  = "sg-0a000000000000def"
	testALB   = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
)

// bench is a Side over the default world, with a clock that tests move.
type bench struct {
	*Side
	t         testing.TB
	now       time.Time
	resources []Resource
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)}
	w, err := world.New(world.Default(), world.Options{Rand: rand.Reader, Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	b.resources = []Resource{{ARN: testALB, Tags: world.Tags{"elbv2.k8s.aws/cluster": "gwanmun-local", "app": "web"}}}
	b.Side = New(Options{World: w, Balancers: func() []Resource { return b.resources }})
	return b
}

// snapshot is the whole state, to see that a call changed nothing.
func (b *bench) snapshot() []byte {
	b.t.Helper()
	s, err := b.world.Snapshot()
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// call calls and insists that it works.
func call[In, Out any](b *bench, do func(context.Context, *In) (*Out, error), in In) *Out {
	b.t.Helper()
	out, err := do(context.Background(), &in)
	if err != nil {
		b.t.Fatalf("%T: %v", in, err)
	}
	return out
}

// codeOf is the code of an error on the wire; empty for none.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return "no API error: " + err.Error()
	}
	return ""
}

// refusal is a call that must be refused, without changing anything.
type refusal struct {
	want string
	call func(b *bench) error
}

func refuse[In, Out any](want string, do func(*bench) func(context.Context, *In) (*Out, error), in In) refusal {
	return refusal{want, func(b *bench) error {
		_, err := do(b)(context.Background(), &in)
		return err
	}}
}

func checkRefusals(t *testing.T, prepare func(*bench), all map[string]refusal) {
	t.Helper()
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if prepare != nil {
				prepare(b)
			}
			before := b.snapshot()
			if got := codeOf(r.call(b)); got != r.want {
				t.Errorf("code %q, want %q", got, r.want)
			}
			if !bytes.Equal(before, b.snapshot()) {
				t.Error("the refused call changed the world")
			}
		})
	}
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}

func TestEveryRowOfTheTableCanBeCarriedAndStandsThereOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, op := range Operations(newBench(t).Side) {
		if err := wire.Check(op); err != nil {
			t.Error(err)
		}
		key := string(op.Service) + " " + op.Name
		if seen[key] {
			t.Errorf("%s stands there twice", key)
		}
		seen[key] = true
	}
}

func TestADryRunIsAnsweredWithoutDoingAnything(t *testing.T) {
	b := newBench(t)
	before := b.snapshot()
	tried := 0
	for _, op := range Operations(b.Side) {
		if op.Service != wire.EC2 {
			continue
		}
		in := op.New()
		if !setDryRun(in) {
			continue
		}
		tried++
		if _, err := op.Do(context.Background(), in); codeOf(err) != "DryRunOperation" {
			t.Errorf("%s: %v", op.Name, err)
		}
	}
	if tried < 40 || !bytes.Equal(before, b.snapshot()) {
		t.Errorf("%d calls tried, world changed: %v", tried, !bytes.Equal(before, b.snapshot()))
	}
}

func TestPatternsOfFiltersKnowStarsQuestionMarksAndBackslashes(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "abc", true},
		{"a*c", "abbc", true},
		{"a*c", "abcd", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*b*", "abc", true},
		{"*x*", "abc", false},
		{"**a**", "a", true},
		{`a\*c`, "a*c", true},
		{`a\*c`, "abc", false},
		{`a\?`, "a?", true},
		{`a\`, `a\`, true},
		{"a*b*a*b", "aabbaabb", true},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

func TestPagesHoldEverythingOnceEvenWhenSomethingVanishesBetweenThem(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e", "f", "g"}
	id := func(s string) string { return s }
	first, token, ok := page(all, id, 3, nil)
	if !ok || !slices.Equal(first, []string{"a", "b", "c"}) || token == nil {
		t.Fatalf("%v %v %v", first, token, ok)
	}
	rest, next, ok := page([]string{"a", "b", "e", "f", "g"}, id, 3, token)
	if !ok || !slices.Equal(rest, []string{"e", "f", "g"}) || next != nil {
		t.Errorf("%v %v %v", rest, next, ok)
	}
	if _, _, ok := page(all, id, 3, aws.String("nonsense")); ok {
		t.Error("a token that is none was taken")
	}
}
