package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// loadResult is what a load generator tells about one measurement.
type loadResult struct {
	Requests int64 `json:"requests"`
	Bytes    int64 `json:"bytes"`
	Errors   int64 `json:"errors"`
	// Lost counts datagrams without an echo.
	Lost int64   `json:"lost,omitempty"`
	P50  float64 `json:"p50_us"`
	P99  float64 `json:"p99_us"`
	Max  float64 `json:"max_us,omitempty"`
}

// wrkScript makes wrk print its summary as JSON behind a mark.
const wrkScript = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"bytes":%d,"errors":%d,"p50_us":%.1f,"p99_us":%.1f}\n',
    summary.requests, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
`

// wrkPost makes wrk send a body.
const wrkPost = `
wrk.method = "POST"
wrk.body = string.rep("y", {send})
wrk.headers["Content-Type"] = "application/octet-stream"
`

// grpcMessage is a message of 100 bytes with gRPC's prefix: no compression, its length.
var grpcMessage = string(binary.BigEndian.AppendUint32([]byte{0}, 100)) + strings.Repeat("m", 100)

// generator names what makes the load of a case.
func (b *bench) generator(c testCase) string {
	switch {
	case c.h2:
		return "h2load"
	case c.kind == requests && b.wrk != "":
		return "wrk"
	}
	return "own generator"
}

// load makes the load of c at p for d.
func (b *bench) load(p *peer, c testCase, d time.Duration) (loadResult, error) {
	url := "http://" + p.http + c.path
	switch {
	case c.below() && c.bulk():
		url = "tcp://" + p.bytes
	case c.kind == datagrams:
		url = "udp://" + p.udp
	case c.tls:
		url = "https://" + p.https + c.path
	}
	core := "1"
	if c.set.cores == 2 {
		core = "0,1"
	}
	switch b.generator(c) {
	case "h2load":
		return b.h2loadRun(url, c)
	case "wrk":
		script := b.dir + "/done.lua"
		if c.send > 0 {
			script = fmt.Sprintf("%s/post-%d.lua", b.dir, c.send)
			if err := os.WriteFile(script, fill(wrkPost+wrkScript, "{send}", strconv.Itoa(c.send)), 0o600); err != nil {
				return loadResult{}, err
			}
		}
		args := []string{"-t1", "-c", strconv.Itoa(c.connections), "-d", seconds(d), "-s", script, "-H", "Host: " + host}
		for _, line := range p.fields(c) {
			args = append(args, "-H", line)
		}
		return summary(b.pinned(core, b.wrk, append(args, url)...))
	}
	mode := map[kind]string{
		requests: "get", handshakes: "handshake", resumptions: "resume", websocket: "websocket", upload: "upload",
		download: "download", tunnel: "tunnel", datagrams: "udp", steady: "rate", swaps: "rate",
	}[c.kind]
	args := []string{
		"load", "-mode", mode, "-connections", strconv.Itoa(c.connections), "-duration", d.String(),
		"-window", strconv.Itoa(c.streams), "-send", strconv.Itoa(c.send), "-rate", strconv.FormatFloat(b.rate(), 'f', 0, 64),
		"-hybrid=" + strconv.FormatBool(c.hybrid), "-closes=" + strconv.FormatBool(c.closes),
	}
	for _, line := range p.fields(c) {
		args = append(args, "-field", line)
	}
	cmd := b.pinned(core, b.self, append(args, url)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	return summary(cmd)
}

// fields are the lines that the head of a case's requests has beside Host.
func (p *peer) fields(c testCase) (lines []string) {
	if c.browser {
		for _, h := range browserHead {
			lines = append(lines, h[0]+": "+h[1])
		}
	}
	if c.set.policy&shared != 0 {
		lines = append(lines, "Origin: "+app)
	}
	if c.session {
		lines = append(lines, "Cookie: "+p.cookie)
	}
	if c.closes {
		lines = append(lines, "Connection: close")
	}
	return lines
}

// rate is at which rate latency is measured.
func (b *bench) rate() float64 {
	if b.slowest == 0 {
		return 2000 // the cases that tell were left out
	}
	return b.slowest / 2
}

// seconds is d as wrk takes it: whole seconds.
func seconds(d time.Duration) string {
	return strconv.Itoa(int(max(1, (d+time.Second/2)/time.Second))) + "s"
}

// patience is how long a generator may take; h2load waits for ever for somebody who does not answer.
const patience = 2 * time.Minute

// combined runs a command and returns what it says. One that takes too long is killed.
func combined(cmd *exec.Cmd) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	overdue := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }) // it may have ended just now
	defer overdue.Stop()
	err := cmd.Wait()
	return out.Bytes(), err
}

func summary(cmd *exec.Cmd) (loadResult, error) {
	var r loadResult
	out, err := combined(cmd)
	if err != nil {
		return r, fmt.Errorf("%s: %w: %s", cmd.Path, err, out)
	}
	_, text, found := bytes.Cut(out, []byte("RESULT "))
	if !found {
		return r, fmt.Errorf("%s says nothing: %s", cmd.Path, out)
	}
	return r, json.Unmarshal(bytes.TrimSpace(text), &r)
}

var (
	h2Requests = regexp.MustCompile(`requests: \d+ total, \d+ started, \d+ done, (\d+) succeeded, (\d+) failed, (\d+) errored`)
	h2Data     = regexp.MustCompile(`traffic: .*\((\d+)\) total, .*\((\d+)\) data`)
	h2Time     = regexp.MustCompile(`time for request:\s+\S+\s+\S+\s+(\S+)`)
)

// perH2Connection is how many requests h2load sends over one connection. nginx and we end a connection of HTTP/2 after
// 1000 (ingress-nginx's default), and h2load does not open another one.
const perH2Connection = 900

// h2loadRun loads with HTTP/2: a number of requests, not a time.
func (b *bench) h2loadRun(url string, c testCase) (loadResult, error) {
	args := []string{
		"-t1", "-c", strconv.Itoa(c.connections), "-m", strconv.Itoa(c.streams), "-n", strconv.Itoa(c.connections * perH2Connection),
		"-H", ":authority: " + host,
	}
	if c.grpc {
		args = append(args, "-d", b.dir+"/call", "-H", "content-type: application/grpc", "-H", "te: trailers")
	}
	out, err := combined(b.pinned("1", b.h2load, append(args, url)...))
	if err != nil {
		return loadResult{}, fmt.Errorf("h2load: %w: %s", err, out)
	}
	return parseH2load(out)
}

// parseH2load reads h2load's report. It tells a mean and no percentiles; the mean stands for p50.
func parseH2load(out []byte) (r loadResult, err error) {
	requests, data := h2Requests.FindSubmatch(out), h2Data.FindSubmatch(out)
	if requests == nil || data == nil {
		return r, fmt.Errorf("h2load says nothing: %s", out)
	}
	r.Requests = number(requests[1])
	r.Errors = number(requests[2]) + number(requests[3])
	r.Bytes = number(data[2])
	if mean := h2Time.FindSubmatch(out); mean != nil {
		if d, err := time.ParseDuration(string(mean[1])); err == nil {
			r.P50 = float64(d) / float64(time.Microsecond)
		}
	}
	return r, nil
}

func number(text []byte) int64 {
	n, _ := strconv.ParseInt(string(text), 10, 64)
	return n
}
