package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// child is the proxy's process.
type child struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	mu      sync.Mutex
}

// partVariable tells the binary of the tests that it is to play a part.
const partVariable = "GWANMUN_OVERLOAD_PART"

func startChild(self, target string) (*child, error) {
	c := exec.Command(self, "proxy", target)
	c.Env = append(os.Environ(), partVariable+"=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start the proxy: %w", err)
	}
	return &child{command: c, in: in, out: bufio.NewReader(out)}, nil
}

// look asks for the proxy's figures.
func (c *child) look() (f figures, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		return f, fmt.Errorf("the proxy is gone: %w", err)
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return f, fmt.Errorf("the proxy is gone: %w", err)
	}
	return f, json.Unmarshal(line, &f)
}

// rss is the resident memory of the process in bytes; false where the system does not tell.
func (c *child) rss() (int64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.command.Process.Pid))
	if err != nil {
		return 0, false
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}

// stop ends the process.
func (c *child) stop() {
	_ = c.in.Close() // asks it to end
	ended := make(chan struct{})
	go func() { _ = c.command.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		_ = c.command.Process.Kill() // it had its time
		<-ended
	}
}
