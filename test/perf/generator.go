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

// runLoad is the generator that stands in where wrk is not installed: connections that ask one thing after the other.
func runLoad(args []string) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	connections := flags.Int("connections", 64, "")
	duration := flags.Duration("duration", time.Second, "")
	browser := flags.Bool("browser", false, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	target, err := url.Parse(flags.Arg(0))
	if err != nil {
		return err
	}
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n", target.RequestURI(), host)
	if *browser {
		for _, h := range browserHead {
			request = fmt.Appendf(request, "%s: %s\r\n", h[0], h[1])
		}
	}
	request = append(request, "\r\n"...)
	end := time.Now().Add(*duration)
	var mu sync.Mutex
	var all loadResult
	var took []time.Duration
	var workers sync.WaitGroup
	for range *connections {
		workers.Go(func() {
			r, times := askUntil(target, request, end)
			mu.Lock()
			defer mu.Unlock()
			all.Requests += r.Requests
			all.Bytes += r.Bytes
			all.Errors += r.Errors
			took = append(took, times...)
		})
	}
	workers.Wait()
	if slices.Sort(took); len(took) > 0 {
		all.P50 = float64(took[len(took)/2]) / 1e3
		all.P99 = float64(took[len(took)*99/100]) / 1e3
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "RESULT %s\n", text)
	return err
}

func askUntil(target *url.URL, request []byte, end time.Time) (r loadResult, took []time.Duration) {
	c, err := net.Dial("tcp", target.Host)
	if err != nil {
		r.Errors++
		return r, nil
	}
	if target.Scheme == "https" {
		c = tls.Client(c, &tls.Config{
			InsecureSkipVerify: true, ServerName: host, CurvePreferences: []tls.CurveID{tls.X25519}, MinVersion: tls.VersionTLS13,
		})
	}
	defer c.Close()
	reader := bufio.NewReaderSize(c, 64<<10)
	for now := time.Now(); now.Before(end); {
		if _, err := c.Write(request); err != nil {
			r.Errors++
			return r, took
		}
		n, status, err := readAnswer(reader)
		if err != nil || status != http.StatusOK {
			r.Errors++
			return r, took
		}
		r.Requests++
		r.Bytes += n
		next := time.Now()
		took = append(took, next.Sub(now))
		now = next
	}
	return r, took
}

func readAnswer(reader *bufio.Reader) (n int64, status int, err error) {
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return 0, 0, err
	}
	n, err = io.Copy(io.Discard, response.Body)
	return n, response.StatusCode, err
}
