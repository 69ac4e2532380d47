package proxy

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gwanmun/gwanmun/internal/proxy/listen"
)

func TestEventLoopsAreCounted(t *testing.T) {
	m := loopMetrics{func() []listen.LoopStats {
		return []listen.LoopStats{{Events: 5, Turns: 4, Parks: 3, Left: 2, Sockets: 1}}
	}}
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(m); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP gwanmun_event_loop_left_total Connections that an event loop gave to goroutines, because their requests may wait for something else.
# TYPE gwanmun_event_loop_left_total counter
gwanmun_event_loop_left_total{loop="0"} 2
# HELP gwanmun_event_loop_sockets Open sockets of clients and targets on an event loop.
# TYPE gwanmun_event_loop_sockets gauge
gwanmun_event_loop_sockets{loop="0"} 1
`
	if err := testutil.GatherAndCompare(r, strings.NewReader(want), "gwanmun_event_loop_left_total", "gwanmun_event_loop_sockets"); err != nil {
		t.Error(err)
	}
}

func TestAnUnknownDriverIsAnError(t *testing.T) {
	if _, err := New(Options{Driver: "steam"}); err == nil || !strings.Contains(err.Error(), "steam") {
		t.Errorf("%v", err)
	}
}
