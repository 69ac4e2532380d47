package main

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSpreadIsMinimumMedianMaximum(t *testing.T) {
	for _, c := range []struct {
		list []float64
		want [3]float64
	}{
		{nil, [3]float64{}},
		{[]float64{2}, [3]float64{2, 2, 2}},
		{[]float64{3, 1, 2}, [3]float64{1, 2, 3}},
		{[]float64{4, 1, 3, 2}, [3]float64{1, 2.5, 4}},
	} {
		if got := spread(c.list); got != c.want {
			t.Errorf("%v: %v", c.list, got)
		}
	}
}

func TestTheOriginAnswersEveryCaseWithItsLength(t *testing.T) {
	answers := cannedAnswers()
	for _, c := range cases {
		if answers[c.path] == nil {
			continue // it is answered otherwise
		}
		answer := answerTo([]byte("GET "+c.path+" HTTP/1.1\r\nHost: a\r\n\r\n"), answers)
		n, status, err := readAnswer(bufio.NewReader(bytes.NewReader(answer)))
		if n != c.size || status != 200 || err != nil {
			t.Errorf("%s: %d bytes, status %d, %v", c.name, n, status, err)
		}
	}
}

func TestTheOriginGivesHeadsBack(t *testing.T) {
	head := "GET /head HTTP/1.1\r\nHost: a\r\nX-Scheme: http\r\n\r\n"
	answer := string(answerTo([]byte(head), nil))
	if !strings.HasSuffix(answer, head) {
		t.Errorf("%q", answer)
	}
	if err := sameHeaderWork(answer); err == nil || strings.Contains(err.Error(), "X-Scheme") || !strings.Contains(err.Error(), "X-Real-IP") {
		t.Errorf("%v", err)
	}
}

func TestProcessorTimeOfAProcessAndItsChildrenIsCounted(t *testing.T) {
	if _, err := os.Stat("/proc/self/schedstat"); err != nil {
		t.Skip("this system tells no scheduler statistics")
	}
	cmd := exec.Command("sh", "-c", "sh -c 'while :; do :; done' & wait")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, pid := range family(cmd.Process.Pid) {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		_ = cmd.Wait()
	}()
	p := &process{cmd: cmd}
	deadline := time.Now().Add(10 * time.Second)
	for {
		if ran, err := p.cpu(); err == nil && ran > 30*time.Millisecond {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the child's time is not counted")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestH2loadReportsAreRead(t *testing.T) {
	report := "requests: 1200 total, 1300 started, 1200 done, 1199 succeeded, 1 failed, 0 errored, 0 timeout\n" +
		"traffic: 1.29MB (1350000) total, 12.0KB (12345) headers (space savings 90%), 1.20MB (1228800) data\n" +
		"                     min         max         mean         sd        +/- sd\n" +
		"time for request:      120us     20.00ms      1.50ms    800us    70.00%\n"
	r, err := parseH2load([]byte(report))
	if err != nil || r.Requests != 1199 || r.Errors != 1 || r.Bytes != 1228800 || r.P50 != 1500 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestTheOriginDropsBodiesThatComeInPieces(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go serveOrigin(there, cannedAnswers())
	go func() {
		for range 2 { // the second one comes right behind the first one's body
			_, _ = io.WriteString(here, "POST /100 HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"+strings.Repeat("y", 200000)) // a failure shows below
		}
		_, _ = io.WriteString(here, "POST /1k HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nyyGET /100 HTTP/1.1\r\nHost: a\r\n\r\n") // as above
	}()
	reader := bufio.NewReader(here)
	for _, want := range []int64{100, 100, 1 << 10, 100} {
		if n, status, err := readAnswer(reader); n != want || status != 200 || err != nil {
			t.Fatalf("%d bytes, not %d; status %d, %v", n, want, status, err)
		}
	}
}

func TestTheTableOfStraceIsRead(t *testing.T) {
	report := `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.21    0.004000           4      2000           write
 30.10    0.002000           2      1010        10 recvfrom
  8.69    0.000500           5       100           epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.006500                  3110        10 total
`
	got := parseStrace([]byte(report), 1000)
	want := map[string]float64{"write": 2, "recvfrom": 1.01, "epoll_wait": 0.1}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestGatesFailOnWhatIsAboveAndOnWhatIsMissing(t *testing.T) {
	var passing []result
	for _, g := range gates {
		passing = append(passing, result{Case: g.test, Ratios: map[string][3]float64{g.peer: {0, g.most, 9}}})
	}
	few := []calls{{Peer: "nginx", Data: 9}, {Peer: "gwanmun", Data: mostDataCalls}}
	if err := judge(io.Discard, passing, few); err != nil {
		t.Error(err)
	}
	if judge(io.Discard, passing[1:], few) == nil {
		t.Error("what is not measured passes")
	}
	if judge(io.Discard, passing, []calls{{Peer: "gwanmun", Data: mostDataCalls + 0.01}}) == nil {
		t.Error("a call too many passes")
	}
	passing[0].Ratios = map[string][3]float64{gates[0].peer: {0, gates[0].most + 0.01, 1}}
	if judge(io.Discard, passing, few) == nil {
		t.Error("a ratio above the bound passes")
	}
}

func TestEveryGateHasACaseOfTheShortRun(t *testing.T) {
	for _, g := range gates {
		if !slices.ContainsFunc(cases, func(c testCase) bool { return c.name == g.test && !c.full }) {
			t.Errorf("%s is no case of the short run", g.test)
		}
	}
}

func TestTablesHoldWhatWasMeasured(t *testing.T) {
	b := &bench{options: options{peers: "gwanmun,nginx,caddy", rounds: 1}, versions: map[string]string{"nginx": "nginx/1", "caddy": notInstalled}}
	m := measured{
		results: []result{{
			Case: "h1", Unit: "request", order: []string{"gwanmun", "nginx", "caddy"}, Left: map[string]string{"caddy": notInstalled},
			Samples: map[string][]sample{"gwanmun": {{CPU: 10, Rate: 5, Load: loadResult{P50: 1, P99: 2}}}, "nginx": {{CPU: 20, Rate: 4}}},
			Ratios:  map[string][3]float64{"nginx": {0.4, 0.5, 0.6}},
		}, {Case: "h9", order: []string{"nginx"}, Left: map[string]string{"nginx": "too old"}}},
		memory: []idle{{Peer: "nginx", Protocol: "h1", Connections: 10, PerConn: 2048}, {Peer: "nginx", Setting: "many hosts", Start: 3 << 20}},
		calls:  []calls{{Peer: "gwanmun", Data: 4, All: 5}},
	}
	text := string(b.tables(m))
	for _, want := range []string{
		"| case | CPU us per | gwanmun | nginx | ours / nginx: min, median, max |\n|---|---|---|---|---|\n",
		"| h1 | request | 10.0 | 20.0 | 0.40 **0.50** 0.60 |\n",
		"| h1 | 5; 1, 2 | 4 |\n",
		"- h9, nginx: too old\n",
		"| nginx | 10 idle connections, h1 | 2.0 KiB per connection (0.0 MiB before) |\n",
		"| nginx | after the cases with many hosts | 3.0 MiB |\n",
		"| gwanmun | 4.00 | 0.00 | 5.00 |\n",
		"caddy not installed",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestEveryPolicyOfACaseIsConfiguredForEverybody(t *testing.T) {
	b := &bench{}
	for _, c := range cases {
		for p := rewritten; p <= guarded; p <<= 1 {
			if c.set.policy&p == 0 {
				continue
			}
			if len(annotations[p]) == 0 || nginxPolicies[p] == "" || haproxyPolicies[p] == "" && p != guarded {
				t.Errorf("%s: policy %d is not configured", c.name, p)
			}
			// A cookie belongs to the service there.
			if middlewares, order := b.traefikPolicies(setting{policy: p}); p != sticky && (len(middlewares) != 1 || len(order) != 1) {
				t.Errorf("%s: Traefik has %v for policy %d", c.name, order, p)
			}
		}
	}
}

func TestTheSlopeOfMemoryLeavesOutWhatAProcessGrowsByOnce(t *testing.T) {
	for _, c := range []struct {
		x, y []float64
		want float64
	}{
		{[]float64{1000, 2000, 4000}, []float64{7e6 + 1000*18, 7e6 + 2000*18, 7e6 + 4000*18}, 18},
		{[]float64{10, 20, 40}, []float64{5, 5, 5}, 0},
		{[]float64{10}, []float64{5}, 0},
	} {
		if got := slope(c.x, c.y); got < c.want-1e-6 || got > c.want+1e-6 {
			t.Errorf("%v %v: %v, not %v", c.x, c.y, got, c.want)
		}
	}
}
