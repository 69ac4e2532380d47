package conformance

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/cli"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/laptop"
)

// stage is the one laptop that all tests use but those that restart it. It is nil without kubebox.
var stage *rig

// reason says why there is no stage.
var reason string

// must says that nothing may be left out.
func must() bool { return os.Getenv("CI") == "true" || os.Getenv("GWANMUN_CONFORMANCE") == "1" }

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run starts the stage once for all tests: a Kubernetes API takes seconds to come up.
func run(m *testing.M) int {
	kubebox := kubeboxPath()
	if kubebox == "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "gwanmun-conformance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	kube.UseLogger(slog.New(slog.DiscardHandler))
	began := time.Now()
	stage, err = open(context.Background(), dir, place{kubebox: kubebox, second: 43, balancers: "127.12.0.0/16"})
	if err != nil {
		fmt.Fprintln(os.Stderr, "the laptop did not start:", err)
		return 1
	}
	fmt.Fprintf(os.Stderr, "Kubernetes %s, AWS, nodes and controller are ready after %.1f s\n",
		stage.State().Kubernetes.Version, time.Since(began).Seconds())
	code := m.Run()
	if err := stage.close(); err != nil {
		fmt.Fprintln(os.Stderr, "closing:", err)
		code = max(code, 1)
	}
	return code
}

// kubeboxPath finds the binary, or says in reason why there is none.
func kubeboxPath() string {
	path := os.Getenv("GWANMUN_KUBEBOX")
	if path == "" {
		path = filepath.Join("..", "..", "bin", "kubebox")
	}
	path, err := filepath.Abs(path)
	if err == nil {
		path, err = laptop.FindKubebox(path)
	}
	if err != nil {
		reason = fmt.Sprintf("there is no Kubernetes API to test with: %v; run `make kubebox` (the first time takes minutes), or name the binary in GWANMUN_KUBEBOX", err)
		return ""
	}
	return path
}

// missing skips a test for want of a program, or fails it where nothing may be left out.
func missing(t *testing.T, why string) {
	t.Helper()
	if must() {
		t.Fatal(why)
	}
	t.Skip(why)
}

// place is what keeps a laptop apart from others on the same machine: the second byte of its network's addresses, and the
// block of its load balancers.
type place struct {
	kubebox   string
	second    int
	balancers string
}

// open starts a laptop in a folder.
func open(ctx context.Context, dir string, p place) (*rig, error) {
	text := strings.ReplaceAll(world.DefaultText(), "10.42.", fmt.Sprintf("10.%d.", p.second))
	file := filepath.Join(dir, "world.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // our own folder
	if err != nil {
		return nil, err
	}
	r := &rig{kubebox: p.kubebox, log: log}
	r.Laptop, err = laptop.Start(ctx, laptop.Options{
		StateDir: filepath.Join(dir, "state"), Kubebox: p.kubebox, AWSListen: "127.0.0.1:0", World: file,
		LoadBalancers: netip.MustParsePrefix(p.balancers), Address: netip.AddrFrom4([4]byte{127, byte(p.second), 0, 1}),
		NewController: cli.LocalController, Version: "conformance",
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		return nil, err
	}
	return r, r.connect()
}
