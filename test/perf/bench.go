package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// bench is one run of the programme.
type bench struct {
	options options
	dir     string
	self    string
	running []*process
	peers   []*peer
	origin  string

	certPEM, keyPEM      []byte
	taskset, wrk, h2load string
	wrkVersion           string
	started              time.Time
}

// prepare starts the origin and all peers, and checks that everybody answers alike.
func (b *bench) prepare() error {
	b.started = time.Now()
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if runtime.NumCPU() > 1 {
		b.taskset, _ = exec.LookPath("taskset")
	}
	b.wrk, b.h2load = find("wrk"), find("h2load")
	if b.wrk != "" {
		b.wrkVersion = versionOf(b.wrk, "-v")
	}
	if err := b.makeCertificate(); err != nil {
		return err
	}
	if err := os.WriteFile(b.dir+"/done.lua", []byte(wrkScript), 0o600); err != nil {
		return err
	}
	cmd := b.pinned(1, b.self, "origin")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	origin, err := b.start("origin", cmd, true)
	if err != nil {
		return err
	}
	line, err := origin.out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	b.origin = strings.TrimSpace(line)
	if err := b.startPeers(); err != nil {
		return err
	}
	for _, p := range b.peers {
		if p.missing == "" {
			if err := b.check(p); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	return nil
}
