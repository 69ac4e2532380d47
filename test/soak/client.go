package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// kind is what a client speaks.
type kind string

const (
	http1     kind = "HTTP/1.1"
	http1TLS  kind = "HTTP/1.1 over TLS"
	http2     kind = "HTTP/2"
	webSocket kind = "WebSocket"
	tcp       kind = "TCP"
)

var kinds = []kind{http1, http1TLS, http2, webSocket, tcp}

// client asks until ctx ends, over connections that live for a while.
func (w *world) client(ctx context.Context, k kind, index int) {
	for life := 0; ctx.Err() == nil; life++ {
		name := fmt.Sprintf("%s %d.%d", k, index, life)
		var err error
		switch k {
		case webSocket:
			err = w.talk(ctx, name)
		case tcp:
			err = w.stream(ctx, name)
		default:
			err = w.ask(ctx, k, name)
		}
		if err != nil && ctx.Err() == nil {
			w.fault("%s: %v", name, err)
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// done counts a message or request.
func (w *world) done(k kind) {
	w.mu.Lock()
	w.counts[k]++
	w.mu.Unlock()
}

// perConnection is how many requests or messages a connection is used for.
const perConnection = 200

// ask sends requests: without a body, with one, and for a long answer.
func (w *world) ask(ctx context.Context, k kind, name string) error {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(k != http2)
	protocols.SetHTTP2(k == http2)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: w.roots, ServerName: host}, Protocols: protocols, DisableCompression: true, MaxConnsPerHost: 1,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 60 * time.Second}
	base := "http://" + w.http
	if k != http1 {
		base = "https://" + w.https
	}
	for i := 0; i < perConnection && ctx.Err() == nil; i++ {
		if err := once(ctx, client, base, fmt.Sprintf("%s/%d", name, i), i); err != nil {
			return err
		}
		w.done(k)
	}
	return nil
}

func once(ctx context.Context, client *http.Client, base, name string, i int) error {
	method, url, body, want := http.MethodGet, base+"/plain", []byte(nil), 0
	switch i % 10 {
	case 3, 4:
		method, body = http.MethodPost, bytes.Repeat([]byte{byte(i)}, 100+i*37)
		want = len(body)
	case 7:
		want = 300_000 + i
		url += "?size=" + strconv.Itoa(want)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Host = host
	request.Header.Set("X-Name", name)
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, url, err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: after %d bytes: %w", method, url, len(got), err)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s: %s", method, url, response.Status)
	case response.Header.Get("X-Name") != name:
		return fmt.Errorf("%s %s: the answer is for %q, not for %q", method, url, response.Header.Get("X-Name"), name)
	case len(got) != want || body != nil && !bytes.Equal(got, body):
		return fmt.Errorf("%s %s: %d bytes, not %d, or others", method, url, len(got), want)
	}
	return nil
}

// talk sends messages over one WebSocket.
func (w *world) talk(ctx context.Context, name string) error {
	c, _, err := websocket.Dial(ctx, "ws://"+w.http+"/ws", &websocket.DialOptions{Host: host})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer c.CloseNow()
	for i := 0; i < perConnection && ctx.Err() == nil; i++ {
		message := strings.Repeat(name, 1+i%50)
		if err := c.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
			return fmt.Errorf("send message %d: %w", i, err)
		}
		_, got, err := c.Read(ctx)
		if err != nil {
			return fmt.Errorf("receive message %d: %w", i, err)
		}
		if string(got) != message {
			return fmt.Errorf("message %d came back as %.40q", i, got)
		}
		w.done(webSocket)
		wait(ctx, 10*time.Millisecond)
	}
	return c.Close(websocket.StatusNormalClosure, "")
}

// stream sends bytes through the network load balancer and expects them back.
func (w *world) stream(ctx context.Context, name string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.network)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for i := 0; i < perConnection && ctx.Err() == nil; i++ {
		message := bytes.Repeat([]byte(name), 1+i*7)
		got := make([]byte, len(message))
		sent := make(chan error, 1)
		go func() {
			_, err := c.Write(message)
			sent <- err
		}()
		_, err := io.ReadFull(c, got)
		if err := errors.Join(<-sent, err); err != nil {
			return fmt.Errorf("exchange %d: %w", i, err)
		}
		if !bytes.Equal(got, message) {
			return fmt.Errorf("exchange %d: other bytes came back", i)
		}
		w.done(tcp)
		wait(ctx, 10*time.Millisecond)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
