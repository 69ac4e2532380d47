package main

import (
	"bytes"
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
		head, err := fetch(client, "http://"+p.http+"/head", 0, "")
		if err == nil {
			if err := sameHeaderWork(string(head.body)); err != nil {
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
		if err == nil && r.Errors > 0 && c.hybrid {
			return fmt.Errorf("it does not know X25519MLKEM768")
		}
		if err == nil && (r.Errors > 0 || r.Requests == 0 && r.Bytes == 0) {
			err = fmt.Errorf("%d answers, %d errors", r.Requests, r.Errors)
		}
		return err
	}
	url := "http://" + p.http + c.path
	if c.tls {
		url = "https://" + p.https + c.path
	}
	got, err := fetch(client, url, c.send, "")
	if err != nil {
		return err
	}
	if int64(len(got.body)) != c.size {
		return fmt.Errorf("%d bytes, not %d", len(got.body), c.size)
	}
	if c.h2 && got.ProtoMajor != 2 {
		return fmt.Errorf("the answer came over %s", got.Proto)
	}
	return p.tryPolicies(client, url, c, got)
}

// tryPolicies looks for what can be seen of a setting's policies in an answer, and in that to a client that comes back.
func (p *peer) tryPolicies(client *http.Client, url string, c testCase, got *answer) error {
	if c.set.policy&shared != 0 && got.Header.Get("Access-Control-Allow-Origin") == "" {
		return fmt.Errorf("the answer has no fields of CORS")
	}
	if c.set.policy&guarded != 0 {
		head, err := fetch(client, strings.TrimSuffix(url, c.path)+"/shop/head", 0, "")
		if err != nil {
			return err
		}
		if !strings.Contains(strings.ToLower(string(head.body)), "\nx-user: bench") {
			return fmt.Errorf("the origin is told nothing of who was let in")
		}
	}
	if !c.session {
		return nil
	}
	for _, cookie := range got.Cookies() {
		p.cookie = cookie.Name + "=" + cookie.Value
	}
	if p.cookie == "" {
		return fmt.Errorf("no cookie is set")
	}
	again, err := fetch(client, url, 0, p.cookie)
	if err == nil && len(again.Cookies()) > 0 {
		err = fmt.Errorf("a client that comes back is not known")
	}
	return err
}

// answer is an answer with its body.
type answer struct {
	*http.Response
	body []byte
}

// fetch sends a request, with a body of so many bytes unless it is 0, and wants status 200.
func fetch(client *http.Client, url string, send int, cookie string) (*answer, error) {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if send > 0 {
		method, body = http.MethodPost, bytes.NewReader(make([]byte, send))
	}
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		return nil, err
	}
	request.Host = host
	request.Header.Set("Origin", app)
	if cookie != "" {
		request.Header.Set("Cookie", cookie)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return &answer{response, all}, err
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
