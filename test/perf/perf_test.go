package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
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
