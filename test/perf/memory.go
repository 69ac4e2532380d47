package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"
)

// idle is what open connections cost that have been used once, or what a configuration costs.
type idle struct {
	Peer string `json:"peer"`
	// Setting is set when the memory of the whole process is meant.
	Setting string  `json:"setting,omitempty"`
	TLS     bool    `json:"tls"`
	Start   int64   `json:"bytes_before"`
	PerConn float64 `json:"bytes_per_connection"`
	Failed  string  `json:"failed,omitempty"`
}

// idleMemory opens connections to every peer, asks once on each, and looks at its memory before and after.
func (b *bench) idleMemory() []idle {
	var out []idle
	for _, overTLS := range []bool{false, true} {
		for _, p := range b.peers {
			if p.missing != "" || b.options.idle == 0 {
				continue
			}
			m := idle{Peer: p.name, TLS: overTLS}
			if err := b.hold(p, &m); err != nil {
				m.Failed = err.Error()
			}
			out = append(out, m)
		}
	}
	return out
}

func (b *bench) hold(p *peer, m *idle) (err error) {
	if m.Start, err = p.process.memory(); err != nil {
		return err
	}
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range b.options.idle {
		address := p.http
		if m.TLS {
			address = p.https
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		if m.TLS {
			c = tls.Client(c, &tls.Config{InsecureSkipVerify: true, ServerName: host})
		}
		open = append(open, c)
		if _, err := io.WriteString(c, "GET /100 HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
			return err
		}
		if _, _, err := readAnswer(bufio.NewReaderSize(c, 1024)); err != nil {
			return err
		}
	}
	time.Sleep(500 * time.Millisecond)
	after, err := p.process.memory()
	m.PerConn = float64(after-m.Start) / float64(b.options.idle)
	return err
}

func printMemory(w io.Writer, all []idle, n int) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nmemory of %d idle connections that were used once (growth of PSS)\n", n)
	for _, m := range all {
		kind := "h1"
		if m.TLS {
			kind = "tls"
		}
		if m.Failed != "" {
			fmt.Fprintf(w, "%-10s %-4s left out: %s\n", m.Peer, kind, m.Failed)
			continue
		}
		fmt.Fprintf(w, "%-10s %-4s %8.1f KiB per connection (%.1f MiB before)\n", m.Peer, kind, m.PerConn/1024, float64(m.Start)/(1<<20))
	}
}

// size is the memory of everybody with the configuration of a setting, after its cases.
func (b *bench) size(s setting) (out []idle) {
	for _, p := range b.peers {
		if p.missing != "" {
			continue
		}
		m := idle{Peer: p.name, Setting: s.name}
		var err error
		if m.Start, err = p.process.memory(); err != nil {
			m.Failed = err.Error()
		}
		out = append(out, m)
	}
	return out
}

func printSizes(w io.Writer, all []idle) {
	head := "\nmemory of the process after the cases of a setting (PSS)\n"
	for _, m := range all {
		if m.Setting == "" {
			continue
		}
		fmt.Fprint(w, head)
		head = ""
		if m.Failed != "" {
			fmt.Fprintf(w, "%-10s %-14s left out: %s\n", m.Peer, m.Setting, m.Failed)
			continue
		}
		fmt.Fprintf(w, "%-10s %-14s %8.1f MiB\n", m.Peer, m.Setting, float64(m.Start)/(1<<20))
	}
}
