package fault

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func never() float64 { return 0.999 }

func TestARuleIsReadFromTheTextOfAFlag(t *testing.T) {
	got, err := Parse("elbv2:Create*=fail-after,code=Boom,message=no luck,probability=0.25,count=3")
	if err != nil {
		t.Fatal(err)
	}
	want := Rule{
		Service: "elbv2", Operation: "Create*", Kind: FailAfter, Code: "Boom", Message: "no luck", Probability: 0.25, Count: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongRulesAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "elbv2=throttle", "elbv2:X", "elbv2:X=explode", "*:*=delay", "*:*=delay,delay=soon", "*:*=throttle,probability=2",
		"*:*=throttle,probability=NaN", "*:*=throttle,count=-1", "*:*=throttle,delay=1s", "*:[=throttle", "*:*=throttle,often",
		"*:*=delay,delay=1s,code=X",
	} {
		if r, err := Parse(text); err == nil {
			t.Errorf("%q was accepted as %+v", text, r)
		}
	}
}

func TestARuleAppliesToCallsItMatchesUntilItIsSpent(t *testing.T) {
	s, err := NewSet(never, Rule{Service: "elbv2", Operation: "Describe*", Kind: Throttle, Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, call := range []struct {
		service   wire.Service
		operation string
	}{
		{wire.ELBv2, "CreateRule"},
		{wire.EC2, "DescribeVpcs"},
		{wire.ELBv2, "DescribeRules"},
		{wire.ELBv2, "DescribeTags"},
		{wire.ELBv2, "DescribeTags"},
	} {
		got = append(got, code(s.Judge(call.service, call.operation).Before))
	}
	want := []string{"", "", "ThrottlingException", "ThrottlingException", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if applied := s.List()[0].Applied; applied != 2 {
		t.Errorf("applied %d times, want 2", applied)
	}
}

func TestDelaysAddUpAndTheFirstFailureCounts(t *testing.T) {
	s, err := NewSet(never,
		Rule{Kind: Delay, Delay: Duration(time.Second)},
		Rule{Kind: FailAfter, Code: "First"},
		Rule{Kind: FailBefore, Code: "Second"},
		Rule{Kind: Delay, Delay: Duration(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	v := s.Judge(wire.ELBv2, "CreateRule")
	if v.Wait != 2*time.Second || v.Before != nil || code(v.After) != "First" {
		t.Errorf("got %+v", v)
	}
	if s.Clear(); s.Judge(wire.ELBv2, "CreateRule") != (Verdict{}) {
		t.Error("a rule applied after all were removed")
	}
}

func TestProbabilityComesFromTheSourceOfChance(t *testing.T) {
	drawn := []float64{0.1, 0.9, 0.29, 0.3}
	i := 0
	s, err := NewSet(func() float64 { i++; return drawn[i-1] }, Rule{Kind: FailBefore, Code: "X", Probability: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	var got []bool
	for range drawn {
		got = append(got, s.Judge(wire.EC2, "DescribeVpcs").Before != nil)
	}
	if diff := cmp.Diff([]bool{true, false, true, false}, got); diff != "" {
		t.Error(diff)
	}
}

func TestServicesAreThrottledWithTheirOwnCodes(t *testing.T) {
	s, err := NewSet(never, Rule{Kind: Throttle})
	if err != nil {
		t.Fatal(err)
	}
	for service, want := range map[wire.Service]string{
		wire.ELBv2: "ThrottlingException", wire.EC2: "RequestLimitExceeded", wire.STS: "Throttling",
		wire.ACM: "ThrottlingException", wire.Tagging: "ThrottledException",
	} {
		if got := code(s.Judge(service, "X").Before); got != want {
			t.Errorf("%s: got %s, want %s", service, got, want)
		}
	}
}

func TestBucketsRunEmptyAndFillAgain(t *testing.T) {
	now := time.Unix(0, 0)
	b := NewBuckets(DescribeRate, func() time.Time { return now })
	taken := func() int {
		n := 0
		for n < 1000 && b.Take(wire.ELBv2, "DescribeTags") == nil {
			n++
		}
		return n
	}
	if n := taken(); n != 40 {
		t.Errorf("a full bucket gave %d calls, want 40", n)
	}
	now = now.Add(2 * time.Second)
	if n := taken(); n != 20 {
		t.Errorf("after two seconds it gave %d calls, want 20", n)
	}
	if err := b.Take(wire.ELBv2, "CreateRule"); err != nil {
		t.Errorf("a call that changes something was throttled: %v", err)
	}
	if err := b.Take(wire.EC2, "DescribeVpcs"); err != nil {
		t.Errorf("another service was throttled: %v", err)
	}
	now = now.Add(-time.Hour)
	if err := b.Take(wire.ELBv2, "DescribeTags"); err == nil {
		t.Error("a clock that goes back filled the bucket")
	}
}
