package laptop

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// kubeboxName is the binary that runs the control plane.
const kubeboxName = "kubebox"

// FindKubebox finds the binary: at the given path, beside this program, or on the PATH.
func FindKubebox(path string) (string, error) {
	if path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("kubebox is not at %s: %w", path, err)
		}
		return path, nil
	}
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), kubeboxName); isProgram(beside) {
			return beside, nil
		}
	}
	if found, err := exec.LookPath(kubeboxName); err == nil {
		return found, nil
	}
	return "", errors.New("kubebox, which runs the Kubernetes API, is neither beside gwanmun nor on the PATH; " +
		"build it with `make kubebox` (the first time takes minutes), name it with --kubebox, or use a cluster of your own with --kubeconfig")
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// cluster is a running kubebox.
type cluster struct {
	Kubeconfig, Server, Version string

	cmd   *exec.Cmd
	stdin io.Closer
	// ended is closed when the process is gone, after err was set.
	ended chan struct{}
	err   error
	said  tail
}

// startKubebox starts the control plane and waits until it can be used. Should this process die, kubebox sees the end of its
// input and stops by itself.
func startKubebox(ctx context.Context, program, stateDir, listen string) (*cluster, error) {
	args := []string{"serve", "--state-dir", stateDir, "--exit-with-parent"}
	if listen != "" {
		args = append(args, "--listen", listen)
	}
	c := &cluster{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	detach(c.cmd)
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.stdin = stdin
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.cmd.Stderr = &c.said
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	ready := make(chan error, 1)
	go func() {
		ready <- c.readReady(out)
		_, _ = io.Copy(io.Discard, out)
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		c.stop(5 * time.Second)
		if said := c.said.String(); said != "" {
			err = errors.New(said)
		}
		return nil, fmt.Errorf("the Kubernetes API did not start: %w", err)
	}
	return c, nil
}

// readReady reads the line that says where everything is.
func (c *cluster) readReady(out io.Reader) error {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), "READY ")
		if !ok {
			continue
		}
		values := words(rest)
		c.Kubeconfig, c.Server, c.Version = values["kubeconfig"], values["server"], values["version"]
		if c.Kubeconfig == "" || c.Server == "" {
			return fmt.Errorf("kubebox says %q, which names no kubeconfig", lines.Text())
		}
		return nil
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errors.New("it ended before it was ready")
}

// words reads "key=value key="value with blanks"".
func words(text string) map[string]string {
	out := map[string]string{}
	for text != "" {
		key, rest, ok := strings.Cut(strings.TrimLeft(text, " "), "=")
		if !ok {
			break
		}
		value := rest
		if quoted, err := strconv.QuotedPrefix(rest); err == nil {
			value, _ = strconv.Unquote(quoted) // QuotedPrefix has checked it
			text = rest[len(quoted):]
		} else {
			value, text, _ = strings.Cut(rest, " ")
		}
		out[key] = value
	}
	return out
}

// stop asks the process to stop and waits; what does not stop in time is killed.
func (c *cluster) stop(patience time.Duration) {
	_ = c.stdin.Close() // the process may be gone
	select {
	case <-c.ended:
	case <-time.After(patience):
		_ = c.cmd.Process.Kill() // the process may be gone
		<-c.ended
	}
}

// tail keeps the end of what a process says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - tailSize; extra > 0 {
		t.text = t.text[extra:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
