package kube

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// delivered is a batch with the time since the start at which it came.
type delivered struct {
	At    time.Duration
	First bool
	Names []string
}

// gather runs a gatherer in virtual time while feed adds changes.
func gather(t *testing.T, feed func(add func(name string))) []delivered {
	t.Helper()
	var out []delivered
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		g := newGatherer(0, 0)
		began := time.Now()
		add := func(name string) {
			k := objects.Key{Kind: objects.KindIngress, Name: objects.Name{Namespace: "shop", Name: name}}
			g.add(k, build.Change{Delete: k})
		}
		add("first")
		over := make(chan struct{})
		go func() {
			defer close(over)
			g.run(ctx, func(b Batch) {
				d := delivered{At: time.Since(began), First: b.First}
				for _, c := range b.Changes {
					d.Names = append(d.Names, c.Delete.Name.Name)
				}
				out = append(out, d)
			})
		}()
		synctest.Wait()
		feed(add)
		time.Sleep(time.Minute)
		stop()
		<-over
	})
	return out
}

func TestTheFirstBatchIsEverythingAndComesAtOnce(t *testing.T) {
	want := []delivered{{First: true, Names: []string{"first"}}}
	if diff := cmp.Diff(want, gather(t, func(func(string)) {})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestChangesThatComeTogetherAreDeliveredTogetherAndOnce(t *testing.T) {
	got := gather(t, func(add func(string)) {
		add("b")
		time.Sleep(50 * time.Millisecond)
		add("a")
		add("b")
	})
	want := delivered{At: 150 * time.Millisecond, Names: []string{"a", "b"}}
	if diff := cmp.Diff(want, got[1]); diff != "" || len(got) != 2 {
		t.Errorf("%d batches, the second (-want +got):\n%s", len(got), diff)
	}
}

func TestAChangeWaitsForASecondAtMostHoweverMuchComes(t *testing.T) {
	got := gather(t, func(add func(string)) {
		for range 40 {
			add("busy")
			time.Sleep(50 * time.Millisecond)
		}
	})
	for i, d := range got[1:] {
		waited := d.At - got[i].At
		if waited > time.Second+50*time.Millisecond {
			t.Errorf("batch %d came %v after the one before", i+1, waited)
		}
	}
	if len(got) < 3 {
		t.Errorf("two seconds of changes gave %d batches, want the first one and two more at least", len(got))
	}
}
