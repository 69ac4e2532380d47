package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// origin is a target: it gives back what it gets, by HTTP, WebSocket and TCP.
type origin struct {
	index       int
	http, bytes string
	server      *http.Server
	listener    net.Listener
}

func newOrigin(index int) (*origin, error) {
	o := &origin{index: index}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if o.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	o.http, o.bytes = web.Addr().String(), o.listener.Addr().String()
	o.server = &http.Server{Handler: o, ReadHeaderTimeout: time.Minute}
	go func() { _ = o.server.Serve(web) }() // it ends when it is closed
	go o.echo()
	return o, nil
}

func (o *origin) close() {
	_ = o.server.Close()   // nobody needs it any more
	_ = o.listener.Close() // as above
}

// ServeHTTP gives the body back behind the request's own name, or a body of the length that is asked for.
func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ws" {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		for {
			kind, message, err := c.Read(r.Context())
			if err != nil || c.Write(r.Context(), kind, message) != nil {
				return
			}
		}
	}
	w.Header().Set("X-Origin", strconv.Itoa(o.index))
	w.Header().Set("X-Name", r.Header.Get("X-Name"))
	if n, err := strconv.Atoi(r.URL.Query().Get("size")); err == nil {
		_, _ = io.CopyN(w, zeros{}, int64(n)) // the client notices what is missing
		return
	}
	body, err := io.ReadAll(r.Body) // all of it first: net/http may stop reading once an answer has begun
	if err != nil {
		panic(http.ErrAbortHandler) // the client notices
	}
	_, _ = w.Write(body) // as above
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// echo gives bytes back.
func (o *origin) echo() {
	for {
		c, err := o.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go func() {
			defer c.Close()
			_, _ = io.Copy(c, c) // the client notices what is missing
		}()
	}
}
