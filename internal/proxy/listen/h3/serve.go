package h3

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// serve serves one request. It ends in http.ErrAbortHandler when the client must notice that the response is not whole.
func (p *port) serve(w http.ResponseWriter, r *http.Request) {
	k, ok := r.Context().Value(clientKey{}).(*client)
	l := p.h.Listener()
	if !ok || l == nil {
		panic(http.ErrAbortHandler)
	}
	st := newStream(p, l, w, r)
	stop := context.AfterFunc(r.Context(), st.ClientGone)
	defer stop()
	if !p.run(st, k) || st.aborted {
		panic(http.ErrAbortHandler)
	}
}

// run is serve without the way in which it ends. It is false after a panic.
func (p *port) run(st *stream, k *client) (fine bool) {
	defer func() {
		if r := recover(); r != nil {
			p.d.options.Logger.Error("panic while serving a request of HTTP/3", "client", k.info.Remote.String(),
				"panic", r, "stack", string(debug.Stack()))
		}
	}()
	info := k.info
	info.TLS = st.request.TLS
	x := &st.x
	x.Conn = &info
	clock := p.h.Clock
	x.ClientIP, x.HTTPS, x.Port = k.info.Remote.Addr(), true, k.info.Port
	x.Random = [2]uint64{rand.Uint64(), rand.Uint64()}
	x.Start = clock.Time(clock.Since())
	x.Log.Received = x.Start
	f := p.h.Forwarder
	switch refused := st.head(); {
	case refused == nil:
		f.Serve(st.listener, x, st)
	case refused.Status == 0:
		x.Log.Error = refused.Reason
		st.listener.Fail(x, 400)
		st.Abort()
	default:
		x.Log.Error = refused.Reason
		f.Refuse(st.listener, x, st, refused.Status)
	}
	x.Log.BytesIn += x.Request.HeadBytes + st.bodyIn
	x.Log.BytesOut += st.bodySent
	x.Log.BodyBytesOut += st.bodySent
	f.Done(st.listener, x)
	return true
}

// head makes the exchange's request, held to the same rules as one of HTTP/2.
func (st *stream) head() *codec.Error {
	r := st.request
	var h codec.Head
	h.Begin(&st.memory, &st.x.Request, &st.listener.HTTP1)
	h.Field(":method", r.Method)
	h.Field(":scheme", "https")
	if r.Host != "" {
		h.Field(":authority", r.Host)
	}
	h.Field(":path", r.RequestURI)
	names := make([]string, 0, len(r.Header))
	size := int64(len(r.Method) + len(r.RequestURI) + len(r.Host))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.Header[name] {
			size += int64(len(name) + len(value))
			h.Field(strings.ToLower(name), value)
		}
	}
	for name := range r.Trailer {
		names = append(names[:0], name)
		h.Field("trailer", name)
	}
	body := st.hasBody()
	err := h.End(!body, size)
	st.x.Request.Proto = exchange.HTTP3
	if body && st.x.Request.ContentLength != 0 {
		st.x.Request.Body = st
	}
	return err
}

// hasBody says whether a body follows. A request that usually has none is looked at: it ends with its head.
func (st *stream) hasBody() bool {
	r := st.request
	if r.ContentLength >= 0 {
		return r.ContentLength > 0
	}
	switch r.Method {
	case "GET", "HEAD", "DELETE", "OPTIONS", "CONNECT", "TRACE":
	default:
		return true
	}
	_ = st.control.SetReadDeadline(st.deadline(st.patience())) // Read tells
	n, err := r.Body.Read(st.first[:])
	if n > 0 {
		st.held = true
		return true
	}
	return err != io.EOF
}

// Read reads the request's body.
func (st *stream) Read(b []byte) (int, error) {
	if st.held {
		st.held = false
		b[0] = st.first[0]
		st.bodyIn++
		return 1, nil
	}
	if !st.stopped.Load() {
		_ = st.control.SetReadDeadline(st.deadline(st.patience())) // Read tells
	}
	began := time.Now() // as quic-go's deadlines have it
	n, err := st.request.Body.Read(b)
	st.waited += time.Since(began)
	st.bodyIn += int64(n)
	switch {
	case err == nil && st.p.d.pace.Slow(st.waited, st.bodyIn) && !st.x.Request.GRPC():
		return n, forward.ErrSlow
	case err == nil || n > 0:
		return n, nil
	case err == io.EOF:
		st.keepTrailer()
		return 0, io.EOF
	case timedOut(err):
		return 0, wire.ErrTimeout
	}
	return 0, err
}

// keepTrailer takes the trailers that may stand behind a body.
func (st *stream) keepTrailer() {
	trailer := &st.x.Request.Trailer
	if trailer.Len() > 0 || len(st.request.Trailer) == 0 {
		return
	}
	names := make([]string, 0, len(st.request.Trailer))
	for name := range st.request.Trailer {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !codec.TrailerAllowed(name) {
			continue
		}
		for _, value := range st.request.Trailer[name] {
			trailer.Add([]byte(strings.ToLower(name)), []byte(value))
		}
	}
}

// response sets the fields of x.Response.
func (st *stream) response(x *exchange.Exchange) {
	h := st.w.Header()
	clear(h)
	r := &x.Response
	for i := range r.Header.Len() {
		f := r.Header.At(i)
		if codec.ConnectionSpecific(f.Name) || len(f.Name) == 0 || f.Name[0] == ':' {
			continue
		}
		name := http.CanonicalHeaderKey(string(f.Name))
		h[name] = append(h[name], string(f.Value))
	}
	if r.ContentLength >= 0 && r.Status >= 200 && r.Status != 204 && (r.Status != 304 || r.ContentLength > 0) {
		h["Content-Length"] = []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	if _, typed := h["Content-Type"]; !typed {
		h["Content-Type"] = nil // it is not guessed
	}
	if _, dated := h["Date"]; !dated {
		h["Date"] = []string{string(st.p.h.Date())}
	}
}
