package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// peer is a proxy that takes part.
type peer struct {
	name, version string
	// http and https serve HTTP, bytes and udp pass on what they get.
	http, https, bytes, udp string
	process                 *process
	// missing says why it does not take part.
	missing string
	// broken says why a case cannot be measured with it, by case name.
	broken map[string]string
	// swap replaces the configuration, a little different each time; nil when it cannot.
	swap func(turn int) error
}

// startPeers starts everybody who is installed.
func (b *bench) startPeers(s setting) error {
	b.peers = nil
	for _, name := range strings.Split(b.options.peers, ",") {
		p := &peer{name: name, broken: map[string]string{}}
		b.peers = append(b.peers, p)
		ports, err := freePorts(4)
		if err != nil {
			return err
		}
		p.http, p.https, p.bytes, p.udp = ports[0], ports[1], ports[2], ports[3]
		switch name {
		case "nginx":
			err = b.startNginx(p, s)
		case "haproxy":
			err = b.startHAProxy(p, s)
		case "caddy":
			err = b.startCaddy(p, s)
		case "traefik":
			err = b.startTraefik(p, s)
		case "gwanmun":
			err = b.startOurs(p, s)
		default:
			err = fmt.Errorf("unknown peer %q", name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// cores is where a proxy may run.
func (s setting) place() string {
	if s.cores == 2 {
		return "0,1"
	}
	return "0"
}

// names are the further hosts that a setting serves.
func (s setting) names() []string {
	out := make([]string, s.hosts)
	for i := range out {
		out[i] = fmt.Sprintf("host-%05d.example", i)
	}
	return out
}

// keepSwapping replaces the configuration twice a second until the function that it returns is called, which tells the
// first failure.
func (p *peer) keepSwapping() (stop func() error) {
	over, done := make(chan struct{}), make(chan error, 1)
	go func() {
		ticker := time.NewTicker(500 * time.Millisecond)
		defer ticker.Stop()
		for turn := 1; ; turn++ {
			if err := p.swap(turn); err != nil {
				done <- err
				return
			}
			select {
			case <-over:
				done <- nil
				return
			case <-ticker.C:
			}
		}
	}()
	return func() error {
		close(over)
		return <-done
	}
}

// freePorts are loopback addresses that nobody listens on now.
func freePorts(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// find looks for a programme in PATH and where distributions put servers.
func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode()&0o111 != 0 {
			return filepath.Join(dir, name)
		}
	}
	return ""
}

func versionOf(path string, args ...string) string {
	out, _ := exec.Command(path, args...).CombinedOutput()
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

// fill puts values in place of their names in braces.
func fill(text string, pairs ...string) []byte {
	return []byte(strings.NewReplacer(pairs...).Replace(text))
}

// listens waits until somebody accepts connections at an address.
func (p *process) listens(address string) error {
	deadline := time.Now().Add(60 * time.Second)
	for {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		if errors.Is(p.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone) || time.Now().After(deadline) {
			return fmt.Errorf("nobody listens at %s: %w", address, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
