package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"
)

// run is what a generator is asked for.
type loadRun struct {
	target      *url.URL
	connections int
	window      int
	end         time.Time
	// send is the length of what is sent, rate requests per second for all connections together.
	send   int
	rate   float64
	hybrid bool
	// closes opens a connection for each request, fields are lines of its head.
	closes bool
	fields []string
}

// worker makes the load of one connection until the run's end.
type worker func(run *loadRun, index int) (loadResult, []time.Duration)

var workers = map[string]worker{
	"get": askUntil, "handshake": shakeUntil, "resume": resumeUntil, "websocket": talkUntil, "upload": uploadUntil,
	"download": downloadUntil, "tunnel": tunnelUntil, "udp": echoUntil, "rate": steadyUntil,
}

// runLoad is the generator for what wrk and h2load cannot do, and where they are not installed.
func runLoad(args []string) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	mode := flags.String("mode", "get", "")
	var run loadRun
	flags.IntVar(&run.connections, "connections", 64, "")
	flags.IntVar(&run.window, "window", 1, "")
	flags.IntVar(&run.send, "send", 0, "")
	flags.Float64Var(&run.rate, "rate", 0, "")
	flags.BoolVar(&run.closes, "closes", false, "")
	flags.BoolVar(&run.hybrid, "hybrid", false, "")
	flags.Func("field", "", func(line string) error { run.fields = append(run.fields, line); return nil })
	duration := flags.Duration("duration", time.Second, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if run.target, err = url.Parse(flags.Arg(0)); err != nil {
		return err
	}
	work := workers[*mode]
	if work == nil {
		return fmt.Errorf("there is no mode %q", *mode)
	}
	run.end = time.Now().Add(*duration)
	var mu sync.Mutex
	var all loadResult
	var took []time.Duration
	var group sync.WaitGroup
	for i := range run.connections {
		group.Go(func() {
			r, times := work(&run, i)
			mu.Lock()
			defer mu.Unlock()
			all.Requests += r.Requests
			all.Bytes += r.Bytes
			all.Errors += r.Errors
			took = append(took, times...)
		})
	}
	group.Wait()
	if slices.Sort(took); len(took) > 0 {
		all.P50 = float64(took[len(took)/2]) / 1e3
		all.P99 = float64(took[len(took)*99/100]) / 1e3
		all.Max = float64(took[len(took)-1]) / 1e3
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "RESULT %s\n", text)
	return err
}

// dial connects to the target, by TLS when its scheme says so.
func (run *loadRun) dial(sessions tls.ClientSessionCache) (net.Conn, error) {
	c, err := net.Dial("tcp", run.target.Host)
	if err != nil || run.target.Scheme != "https" {
		return c, err
	}
	curves := []tls.CurveID{tls.X25519}
	if run.hybrid {
		curves = []tls.CurveID{tls.X25519MLKEM768}
	}
	secure := tls.Client(c, &tls.Config{
		InsecureSkipVerify: true, ServerName: host, CurvePreferences: curves, MinVersion: tls.VersionTLS13, ClientSessionCache: sessions,
	})
	if err := secure.Handshake(); err != nil {
		c.Close()
		return nil, err
	}
	return secure, nil
}

// request is the request that run sends.
func (run *loadRun) request() []byte {
	method := http.MethodGet
	if run.send > 0 {
		method = http.MethodPost
	}
	request := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, run.target.RequestURI(), host)
	for _, line := range run.fields {
		request = append(append(request, line...), "\r\n"...)
	}
	if run.send > 0 {
		request = fmt.Appendf(request, "Content-Length: %d\r\n", run.send)
	}
	return append(append(request, "\r\n"...), make([]byte, run.send)...)
}

func askUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	if run.closes {
		return reconnect(run, nil)
	}
	c, err := run.dial(nil)
	if err != nil {
		r.Errors++
		return r, nil
	}
	defer c.Close()
	request := run.request()
	reader := bufio.NewReaderSize(c, 64<<10)
	for now := time.Now(); now.Before(run.end); {
		if !ask(c, reader, request, &r) {
			return r, took
		}
		next := time.Now()
		took = append(took, next.Sub(now))
		now = next
	}
	return r, took
}

// ask sends a request and reads its answer.
func ask(c net.Conn, reader *bufio.Reader, request []byte, r *loadResult) bool {
	if _, err := c.Write(request); err != nil {
		r.Errors++
		return false
	}
	n, status, err := readAnswer(reader)
	if err != nil || status != http.StatusOK {
		r.Errors++
		return false
	}
	r.Requests++
	r.Bytes += n
	return true
}

func readAnswer(reader *bufio.Reader) (n int64, status int, err error) {
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return 0, 0, err
	}
	n, err = io.Copy(io.Discard, response.Body)
	return n, response.StatusCode, err
}

// steadyUntil sends at a fixed rate and counts the time from the moment at which a request was due, so that a stall shows
// in all that it holds up. A connection that the proxy ends is opened again; what was refused is an error.
func steadyUntil(run *loadRun, index int) (r loadResult, took []time.Duration) {
	every := time.Duration(float64(time.Second) * float64(run.connections) / run.rate)
	due := time.Now().Add(every * time.Duration(index) / time.Duration(run.connections))
	request := run.request()
	var c net.Conn
	var reader *bufio.Reader
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	for ; due.Before(run.end); due = due.Add(every) {
		if time.Since(run.end) > 5*time.Second {
			r.Errors++ // it will not catch up
			break
		}
		time.Sleep(time.Until(due))
		if c == nil {
			fresh, err := run.dial(nil)
			if err != nil {
				r.Errors++
				continue
			}
			c, reader = fresh, bufio.NewReaderSize(fresh, 16<<10)
		}
		if _, err := c.Write(request); err != nil {
			r.Errors++
			c.Close()
			c = nil
			continue
		}
		response, err := http.ReadResponse(reader, nil)
		if err == nil {
			var n int64
			n, err = io.Copy(io.Discard, response.Body)
			r.Bytes += n
		}
		if err != nil || response.StatusCode != http.StatusOK {
			r.Errors++
			c.Close()
			c = nil
			continue
		}
		r.Requests++
		took = append(took, time.Since(due))
		if response.Close {
			c.Close()
			c = nil
		}
	}
	return r, took
}
