package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/ports"
)

// peer is a proxy that takes part.
type peer struct {
	name, version string
	// http and https serve HTTP, bytes and udp pass on what they get.
	http, https, bytes, udp string
	process                 *process
	// cookie is what it has set for a client that is to come back to the same target.
	cookie string
	// missing says why it does not take part.
	missing string
	// broken says why a case cannot be measured with it, by case name.
	broken map[string]string
	// swap replaces the configuration, a little different each time; nil when it cannot.
	swap func(turn int) error
	turn int
}

// Why somebody does not take part.
const (
	notInstalled = "not installed"
	plainOnly    = "takes part in the plain settings only"
)

// startPeers starts everybody who is installed. Who does not start is missing.
func (b *bench) startPeers(s setting) error {
	b.peers = nil
	for _, name := range strings.Split(b.options.peers, ",") {
		p := &peer{name: name, broken: map[string]string{}}
		b.peers = append(b.peers, p)
		addresses, err := ports.Free(4)
		if err != nil {
			return err
		}
		p.http, p.https, p.bytes, p.udp = addresses[0], addresses[1], addresses[2], addresses[3]
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
			return fmt.Errorf("unknown peer %q", name)
		}
		if err != nil {
			p.missing = err.Error()
		}
	}
	return nil
}

// place is where a proxy may run.
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

// keepSwapping replaces the configuration at intervals until the function that it returns is called, which tells the
// first failure.
func (p *peer) keepSwapping(every time.Duration) (stop func() error) {
	over, done := make(chan struct{}), make(chan error, 1)
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			p.turn++
			if err := p.swap(p.turn); err != nil {
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
		select {
		case <-p.over:
			return fmt.Errorf("it has ended; see %s", p.log.Name())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("nobody listens at %s: %w", address, err)
		}
	}
}
