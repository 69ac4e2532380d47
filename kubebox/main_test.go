package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/kubebox/internal/cli"
)

// asKubebox makes the test binary behave like the program, so that tests start real processes without another build.
const asKubebox = "KUBEBOX_TEST_AS_PROGRAM"

// patience is for a machine that is busy; an idle one needs a few seconds for a start and fractions for everything else.
const patience = 2 * time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(asKubebox) != "" {
		os.Exit(cli.Main(os.Args))
	}
	os.Exit(m.Run())
}

// command is a call of the program; args starts with the name it is called by.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Args = args
	c.Env = append(os.Environ(), asKubebox+"=1", "KUBECONFIG="+os.DevNull)
	return c
}

// box is a kubebox that runs.
type box struct {
	t                  *testing.T
	process            *exec.Cmd
	stdin              io.Closer
	stderr             bytes.Buffer
	kubeconfig, server string
	firstLine          chan string
	ended              chan error
}

// launch starts a kubebox and does not wait.
func launch(t *testing.T, args ...string) *box {
	t.Helper()
	b := &box{
		t: t, process: command(t, append([]string{"kubebox", "serve"}, args...)...),
		firstLine: make(chan string, 1), ended: make(chan error, 1),
	}
	b.process.Stderr = &b.stderr
	stdin, err := b.process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.stdin = stdin
	stdout, err := b.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		b.firstLine <- line
		b.ended <- b.process.Wait()
	}()
	t.Cleanup(func() { _ = b.process.Process.Kill() })
	return b
}

// start starts a kubebox and waits for its ready line.
func start(t *testing.T, args ...string) *box {
	t.Helper()
	begin := time.Now()
	b := launch(t, args...)
	select {
	case line := <-b.firstLine:
		fields := strings.Fields(line)
		if len(fields) != 4 || fields[0] != "READY" {
			t.Fatalf("not ready: %q, %v; it said:\n%s", line, <-b.ended, b.stderr.String())
		}
		b.kubeconfig = value(t, fields[1], "kubeconfig")
		b.server = value(t, fields[2], "server")
		if v := value(t, fields[3], "version"); !strings.HasPrefix(v, "v") {
			t.Errorf("version %q", v)
		}
	case <-time.After(patience):
		t.Fatal("no ready line in time")
	}
	t.Logf("ready after %s", time.Since(begin).Round(time.Millisecond))
	return b
}

func value(t *testing.T, field, key string) string {
	t.Helper()
	v, ok := strings.CutPrefix(field, key+"=")
	if !ok {
		t.Fatalf("%q is not %s=...", field, key)
	}
	return v
}

// wait waits for the end of the process, which must be a clean one.
func (b *box) wait() {
	b.t.Helper()
	begin := time.Now()
	select {
	case err := <-b.ended:
		if err != nil {
			b.t.Fatalf("ended with %v; it said:\n%s", err, b.stderr.String())
		}
		if said := b.stderr.String(); said != "" {
			b.t.Errorf("it said something:\n%s", said)
		}
	case <-time.After(patience):
		b.t.Fatal("it does not end")
	}
	b.t.Logf("ended after %s", time.Since(begin).Round(time.Millisecond))
}

func (b *box) terminate() {
	b.t.Helper()
	if err := b.process.Process.Signal(syscall.SIGTERM); err != nil {
		b.t.Fatal(err)
	}
}

// kubectl runs kubectl by the name of kubectl and returns all that it says.
func (b *box) kubectl(args ...string) (string, error) {
	b.t.Helper()
	c := command(b.t, append([]string{"kubectl", "--kubeconfig=" + b.kubeconfig}, args...)...)
	out, err := c.CombinedOutput()
	return string(out), err
}

func (b *box) mustKubectl(args ...string) string {
	b.t.Helper()
	out, err := b.kubectl(args...)
	if err != nil {
		b.t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// apply writes a manifest to a file and applies it.
func (b *box) apply(manifest string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "manifest.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.mustKubectl("apply", "-f", file)
}

// mustFail runs a kubebox that is expected to refuse, and returns the one line that it says.
func mustFail(t *testing.T, args ...string) string {
	t.Helper()
	c := command(t, append([]string{"kubebox", "serve"}, args...)...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if err == nil || c.ProcessState.ExitCode() != 1 {
		t.Fatalf("got %v, want exit code 1", err)
	}
	if stdout.Len() != 0 {
		t.Errorf("on standard output: %q", stdout.String())
	}
	line := strings.TrimSuffix(stderr.String(), "\n")
	if !strings.HasPrefix(line, "kubebox: ") || strings.Contains(line, "\n") {
		t.Errorf("not one line of kubebox: %q", line)
	}
	return line
}
