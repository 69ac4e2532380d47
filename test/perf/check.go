package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// forwarded are the fields that every proxy has to add.
var forwarded = []string{
	"X-Request-ID", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto",
	"X-Forwarded-Scheme", "X-Scheme",
}

// check waits until p answers and compares what it does: the same header work, every case with its exact length. A
// case that p cannot do is left out for it and said so.
func (b *bench) check(p *peer, wanted []testCase) error {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true, ServerName: host},
		DisableCompression: true, ForceAttemptHTTP2: true,
	}}
	defer client.CloseIdleConnections()
	deadline := time.Now().Add(60 * time.Second)
	for {
		head, err := get(client, "http://"+p.http+"/head")
		if err == nil {
			if err := sameHeaderWork(string(head)); err != nil {
				return err
			}
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer: %w", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, c := range wanted {
		if c.set.name != b.current.name || p.broken[c.name] != "" {
			continue
		}
		if err := b.try(client, p, c); err != nil {
			p.broken[c.name] = err.Error()
		}
	}
	return nil
}

// try does a case once.
func (b *bench) try(client *http.Client, p *peer, c testCase) error {
	if c.kind != requests && c.kind != steady && c.kind != swaps || c.grpc {
		once := c
		once.connections, once.streams = 1, 1
		r, err := b.load(p, once, 300*time.Millisecond)
		if err == nil && (r.Errors > 0 || r.Requests == 0 && r.Bytes == 0) {
			err = fmt.Errorf("%d answers, %d errors", r.Requests, r.Errors)
		}
		return err
	}
	url := "http://" + p.http + c.path
	if c.tls {
		url = "https://" + p.https + c.path
	}
	body, err := get(client, url)
	if err == nil && int64(len(body)) != c.size {
		err = fmt.Errorf("%d bytes, not %d", len(body), c.size)
	}
	return err
}

func get(client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Host = host
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return body, err
}

func sameHeaderWork(head string) error {
	var missing []string
	for _, name := range forwarded {
		if !strings.Contains(strings.ToLower(head), "\n"+strings.ToLower(name)+": ") {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the origin does not get %s", strings.Join(missing, ", "))
	}
	return nil
}
