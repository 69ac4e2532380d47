package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// calls are the system calls that a peer made for each request of the first case, as strace counts them.
type calls struct {
	Peer string `json:"peer"`
	// All are all calls, Data those that read or write, Waits those that wait for events or change what is waited for.
	All    float64            `json:"all"`
	Data   float64            `json:"data"`
	Waits  float64            `json:"waits"`
	ByName map[string]float64 `json:"by_name,omitempty"`
	Failed string             `json:"failed,omitempty"`
}

var (
	dataCalls = set(`read readv pread64 recvfrom recvmsg recvmmsg write writev pwrite64 sendto sendmsg sendmmsg sendfile splice tee`)
	waitCalls = set(`epoll_wait epoll_pwait epoll_pwait2 epoll_ctl poll ppoll select pselect6`)
)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, word := range strings.Fields(words) {
		out[word] = true
	}
	return out
}

// countCalls counts the calls of everybody. Counting slows a process down several times: nothing else is measured.
func (b *bench) countCalls() (out []calls) {
	path := find("strace")
	for _, p := range b.peers {
		if p.missing != "" {
			continue
		}
		counted := calls{Peer: p.name}
		switch {
		case path == "":
			counted.Failed = "strace is not installed"
		case p.broken[cases[0].name] != "":
			counted.Failed = p.broken[cases[0].name]
		default:
			if err := b.strace(path, p, &counted); err != nil {
				counted.Failed = err.Error()
			}
		}
		out = append(out, counted)
	}
	return out
}

// strace counts the calls of p and its children while they get requests.
func (b *bench) strace(path string, p *peer, counted *calls) error {
	file := filepath.Join(b.dir, "strace-"+p.name)
	args := []string{"-f", "-c", "-o", file}
	for _, pid := range family(p.process.cmd.Process.Pid) {
		args = append(args, "-p", strconv.Itoa(pid))
	}
	cmd := exec.Command(path, args...)
	said, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, err = bufio.NewReader(said).ReadString('\n') // "Process N attached", or why not
	time.Sleep(300 * time.Millisecond)              // for its other threads
	go io.Copy(io.Discard, said)                    // it ends with strace
	load, failed := b.load(p, cases[0], b.options.duration)
	_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended, which Wait tells
	_ = cmd.Wait()                         // it ends by the signal; the file tells what matters
	if err != nil || failed != nil || load.Requests == 0 {
		return fmt.Errorf("%d answers (%v, %v)", load.Requests, err, failed)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if counted.ByName = parseStrace(text, load.Requests); len(counted.ByName) == 0 {
		return fmt.Errorf("strace counts nothing; is it permitted to?")
	}
	for name, n := range counted.ByName {
		counted.All += n
		if dataCalls[name] {
			counted.Data += n
		}
		if waitCalls[name] {
			counted.Waits += n
		}
	}
	return nil
}

// parseStrace reads the table of strace -c: calls for each request, by name. Calls of less than one request in a hundred
// are left out of the names, not of what they add up to.
func parseStrace(text []byte, requests int64) map[string]float64 {
	out := map[string]float64{}
	for _, line := range bytes.Split(text, []byte("\n")) {
		fields := strings.Fields(string(line))
		if len(fields) < 5 || fields[len(fields)-1] == "total" {
			continue
		}
		if n, err := strconv.ParseFloat(fields[3], 64); err == nil {
			out[fields[len(fields)-1]] += n / float64(requests)
		}
	}
	return out
}

func printCalls(w io.Writer, all []calls) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nsystem calls per request, %s (strace)\n", cases[0].name)
	for _, c := range all {
		if c.Failed != "" {
			fmt.Fprintf(w, "%-10s left out: %s\n", c.Peer, c.Failed)
			continue
		}
		fmt.Fprintf(w, "%-10s %6.2f data, %6.2f waiting, %6.2f all\n", c.Peer, c.Data, c.Waits, c.All)
	}
}
