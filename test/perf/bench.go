package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// bench is one run of the programme.
type bench struct {
	options options
	dir     string
	self    string
	running []*process
	// peers are those of the setting that is measured.
	peers   []*peer
	current setting
	origin  origins

	certPEM, keyPEM      []byte
	taskset, wrk, h2load string
	wrkVersion           string
	started              time.Time
	// failed says in which settings we could not be measured.
	failed []string
	// busy is the load of the machine at the start.
	busy     string
	versions map[string]string
	// slowest is the lowest rate that anybody reached with small requests; latency is measured at half of it.
	slowest float64
}

// prepare finds the tools and starts the origin.
func (b *bench) prepare() error {
	b.started, b.busy, b.versions = time.Now(), loadAverage(), map[string]string{}
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if runtime.NumCPU() > 1 {
		b.taskset, _ = exec.LookPath("taskset")
	}
	b.wrk, b.h2load = find("wrk"), find("h2load")
	if b.wrk != "" {
		b.wrkVersion, _, _ = strings.Cut(versionOf(b.wrk, "-v"), " [")
	}
	if b.options.gwanmun == "" {
		b.options.gwanmun = b.dir + "/gwanmun"
		if out, err := exec.Command("go", "build", "-o", b.options.gwanmun, "./cmd/gwanmun").CombinedOutput(); err != nil {
			return fmt.Errorf("build gwanmun: %w: %s", err, out)
		}
	}
	if err := b.makeCertificate(); err != nil {
		return err
	}
	for name, text := range map[string]string{"/done.lua": wrkScript, "/call": grpcMessage} {
		if err := os.WriteFile(b.dir+name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	cmd := b.pinned("1", b.self, "origin")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	origin, err := b.start("origin", cmd, true)
	if err != nil {
		return err
	}
	line, err := origin.out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	b.origin, err = parseOrigins(line)
	return err
}

// chosen are the cases that are wanted.
func (b *bench) chosen() []testCase {
	return slices.DeleteFunc(slices.Clone(cases), func(c testCase) bool {
		if b.options.cases == "" {
			return c.full && !b.options.full
		}
		return !slices.ContainsFunc(strings.Split(b.options.cases, ","), func(part string) bool {
			return strings.Contains(c.name, part)
		})
	})
}

// enter starts everybody for a setting, and checks that they answer alike. Who does not is missing in it: a run of half an
// hour does not end because of one. Without us there is nothing to compare with, which the run tells at its end.
func (b *bench) enter(s setting, wanted []testCase) error {
	b.current = s
	if err := b.startPeers(s); err != nil {
		return err
	}
	for _, p := range b.peers {
		if p.missing != "" {
			if b.versions[p.name] == "" {
				b.versions[p.name] = p.missing
			}
			continue
		}
		b.versions[p.name] = p.version
		if err := b.check(p, wanted); err != nil {
			p.missing = err.Error()
		}
	}
	for _, p := range b.peers {
		if p.name == "gwanmun" && p.missing != "" {
			b.failed = append(b.failed, fmt.Sprintf("gwanmun does not serve the setting %s: %s", s.name, p.missing))
		}
	}
	return nil
}

// leave ends everybody of a setting.
func (b *bench) leave() {
	for _, p := range b.peers {
		if p.process != nil {
			b.end(p.process)
		}
	}
	b.peers = nil
}
