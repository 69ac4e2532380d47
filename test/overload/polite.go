package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// behave starts well-behaved clients: some that keep their connections, one that opens one for every request, some with
// HTTP/2.
func (r *report) behave(ctx context.Context, tasks *sync.WaitGroup, at figures) {
	insecure := &tls.Config{InsecureSkipVerify: true}
	client := func(t *http.Transport) *http.Client {
		tasks.Go(func() { <-ctx.Done(); t.CloseIdleConnections() })
		return &http.Client{Transport: t, Timeout: 20 * time.Second}
	}
	for range 4 {
		tasks.Go(func() { r.ask(ctx, client(&http.Transport{}), "http://"+at.Plain+"/", 20*time.Millisecond) })
		tasks.Go(func() {
			r.ask(ctx, client(&http.Transport{TLSClientConfig: insecure.Clone(), ForceAttemptHTTP2: true}), "https://"+at.Secure+"/", 40*time.Millisecond)
		})
	}
	tasks.Go(func() {
		r.ask(ctx, client(&http.Transport{DisableKeepAlives: true}), "http://"+at.Plain+"/", 100*time.Millisecond)
	})
}

func (r *report) ask(ctx context.Context, c *http.Client, url string, every time.Duration) {
	for ctx.Err() == nil {
		began := time.Now()
		err := once(ctx, c, url)
		if ctx.Err() != nil {
			return
		}
		r.mu.Lock()
		r.latencies = append(r.latencies, time.Since(began))
		if err != nil {
			r.failures = append(r.failures, err.Error())
		}
		r.mu.Unlock()
		time.Sleep(every)
	}
}

func once(ctx context.Context, c *http.Client, url string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	a, err := c.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	if a.StatusCode != 200 || string(body) != "hello" {
		return fmt.Errorf("%s: %s %q", url, a.Status, body)
	}
	return nil
}
