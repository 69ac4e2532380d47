package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// idle is what open connections cost that have been used once, or what a configuration costs.
type idle struct {
	Peer string `json:"peer"`
	// Setting is set when the memory of the whole process is meant.
	Setting     string  `json:"setting,omitempty"`
	Protocol    string  `json:"protocol,omitempty"`
	Connections int     `json:"connections,omitempty"`
	Start       int64   `json:"bytes_before"`
	PerConn     float64 `json:"bytes_per_connection"`
	// Slope is what one more costs while their number doubles, and doubles again: what a process grows by once is not in it.
	Slope  float64 `json:"bytes_per_further_connection,omitempty"`
	Failed string  `json:"failed,omitempty"`
}

// idleKinds are the protocols that idle connections speak, and how many there are for each that the flags ask for.
var idleKinds = []struct {
	protocol string
	times    int
}{{"h1", 1}, {"h1", 10}, {"tls", 1}, {"h2", 1}}

// idleMemory opens connections to every peer, asks once on each, and looks at its memory before and after. Everybody is
// started anew for each kind of connections, so that nobody has memory in hand from those before.
func (b *bench) idleMemory() (out []idle, err error) {
	if b.options.idle == 0 {
		return nil, nil
	}
	for _, kind := range idleKinds {
		if err := b.startPeers(plain); err != nil {
			return nil, err
		}
		for _, p := range b.peers {
			if p.missing != "" {
				continue
			}
			m := idle{Peer: p.name, Protocol: kind.protocol, Connections: min(kind.times*b.options.idle, mostConnections())}
			if err := b.hold(p, &m); err != nil {
				m.Failed = err.Error()
			}
			out = append(out, m)
		}
		b.leave()
	}
	return out, nil
}

// mostConnections is how many connections a proxy can be asked to hold: each may need another one to a target, and all
// processes here have the same limit on descriptors.
func mostConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > 1<<30 {
		return 1 << 30
	}
	return max(int(limit.Cur)/2-1000, 1)
}

// hold fills m in. A few connections come before, which are not counted: what they bring into memory is there once. After
// those that are counted as many come again, and twice as many, for the slope, where descriptors are left for them.
func (b *bench) hold(p *peer, m *idle) error {
	const before = 50
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	size := func(n int) (int64, error) {
		for len(open) < before+n {
			c, err := p.used(m.Protocol)
			if err != nil {
				return 0, err
			}
			open = append(open, c)
		}
		time.Sleep(500 * time.Millisecond)
		return p.process.memory()
	}
	var err error
	if m.Start, err = size(0); err != nil {
		return err
	}
	points := []int{m.Connections, 2 * m.Connections, 4 * m.Connections}
	if points[2]+before > mostConnections() {
		points = points[:1]
	}
	var counts, sizes []float64
	for i, n := range points {
		after, err := size(n)
		if err != nil {
			return err
		}
		if i == 0 {
			m.PerConn = float64(after-m.Start) / float64(n)
		}
		counts, sizes = append(counts, float64(n)), append(sizes, float64(after))
	}
	m.Slope = slope(counts, sizes)
	return nil
}

// slope is that of the line through points that is nearest to all (least squares), 0 for a single one.
func slope(x, y []float64) float64 {
	n := float64(len(x))
	if n < 2 {
		return 0
	}
	var sx, sy, sxx, sxy float64
	for i := range x {
		sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// used is a connection on which one request has been answered. The first one waits until the peer serves.
func (p *peer) used(protocol string) (net.Conn, error) {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		c, err := p.ask(protocol)
		if err == nil || time.Now().After(deadline) {
			return c, err
		}
	}
}

func (p *peer) ask(protocol string) (net.Conn, error) {
	address := p.https
	if protocol == "h1" {
		address = p.http
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if protocol != "h1" {
		config := &tls.Config{InsecureSkipVerify: true, ServerName: host}
		if protocol == "h2" {
			config.NextProtos = []string{"h2"}
		}
		c = tls.Client(c, config)
	}
	_ = c.SetDeadline(time.Now().Add(10 * time.Second)) // it cannot fail on an open socket
	status := 0
	if protocol == "h2" {
		status, err = askOverH2(c)
	} else if _, err = io.WriteString(c, "GET /100 HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err == nil {
		_, status, err = readAnswer(bufio.NewReaderSize(c, 1024))
	}
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, c.SetDeadline(time.Time{})
}

// askOverH2 sends a request over HTTP/2 and leaves the connection open.
func askOverH2(c net.Conn) (status int, err error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	transport := &http.Transport{
		Protocols: protocols, DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return c, nil },
	}
	connection, err := transport.NewClientConn(context.Background(), "https", host+":443")
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequest(http.MethodGet, "https://"+host+"/100", nil)
	if err != nil {
		return 0, err
	}
	response, err := connection.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

func printMemory(w io.Writer, all []idle) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nmemory of idle connections that were used once (growth of PSS)\n")
	for _, m := range all {
		if m.Failed != "" {
			fmt.Fprintf(w, "%-10s %6d %-4s left out: %s\n", m.Peer, m.Connections, m.Protocol, m.Failed)
			continue
		}
		fmt.Fprintf(w, "%-10s %6d %-4s %s\n", m.Peer, m.Connections, m.Protocol, m.cost())
	}
}

// cost is what was measured, in words.
func (m *idle) cost() string {
	further := ""
	if m.Slope != 0 {
		further = fmt.Sprintf("%.1f KiB for each further one, ", m.Slope/1024)
	}
	return fmt.Sprintf("%.1f KiB per connection (%s%.1f MiB before)", m.PerConn/1024, further, float64(m.Start)/(1<<20))
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
