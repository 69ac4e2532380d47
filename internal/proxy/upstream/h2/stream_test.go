package h2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestAnAnswerComesWithItsTrailers(t *testing.T) {
	c, x := ready(t, Options{})
	st := get(t, c, Request{End: true})
	x.await(1)
	x.head(1, false, ":status", "103", "link", "</a>")
	x.head(1, false, ":status", "200", "content-type", "a/b", "trailer", "x-sum, set-cookie")
	_ = x.WriteData(1, false, []byte("hello "))
	_ = x.WriteData(1, false, []byte("world"))
	x.head(1, true, "x-sum", "7", "set-cookie", "a=b")
	got := &exchange.Exchange{}
	if err := st.Head(got); err != nil || got.Response.Status != 103 {
		t.Fatalf("%d, %v", got.Response.Status, err)
	}
	got, body, err := answer(st)
	if err != nil || body != "hello world" || got.Response.Status != 200 || got.Response.ContentLength != -1 {
		t.Errorf("%q, %v, %+v", body, err, got.Response)
	}
	if v, _ := got.Response.Header.Get("trailer"); string(v) != "x-sum" {
		t.Errorf("announced %q", v)
	}
	if v, _ := got.Response.Trailer.Get("x-sum"); string(v) != "7" || got.Response.Trailer.Len() != 1 {
		t.Errorf("%d trailers, x-sum %q", got.Response.Trailer.Len(), v)
	}
}

func TestAPayloadGoesOutAsWindowsAllow(t *testing.T) {
	c, x := ready(t, Options{}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
	st := get(t, c, Request{Payload: bytes.Repeat([]byte("x"), 25), End: true})
	x.await(1)
	var got []int
	for total := 0; total < 25; {
		f := x.frame(http2.FrameData).(*http2.DataFrame)
		got = append(got, len(f.Data()))
		if total += len(f.Data()); f.StreamEnded() != (total == 25) {
			t.Errorf("after %d bytes the end is %v", total, f.StreamEnded())
		}
		_ = x.WriteWindowUpdate(1, 10)
	}
	if len(got) != 3 || got[0] != 10 || got[2] != 5 {
		t.Errorf("pieces %v", got)
	}
	x.head(1, true, ":status", "204")
	if got, _, err := answer(st); err != nil || got.Response.Status != 204 {
		t.Errorf("%v", err)
	}
}

func TestWritesWaitForWindowsButNotForEver(t *testing.T) {
	c, x := ready(t, Options{}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 3})
	st := get(t, c, Request{Stall: 50 * time.Millisecond})
	x.await(1)
	if err := st.Write([]byte("12345")); !errors.Is(err, ErrTimeout) {
		t.Errorf("%v", err)
	}
	// A setting opens the windows of streams that are there.
	_ = x.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1000})
	for range 1000 {
		c.mu.Lock()
		open := st.window > 5
		c.mu.Unlock()
		if open {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := st.Write([]byte("67890")); err != nil {
		t.Error(err)
	}
	var trailer exchange.Header
	trailer.AddString("X-Sum", []byte("1"))
	if err := st.Finish(&trailer); err != nil {
		t.Error(err)
	}
	if f := x.frame(http2.FrameHeaders).(*http2.HeadersFrame); !f.StreamEnded() {
		t.Error("trailers without an end")
	}
}

func TestWhyAStreamEnds(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(x *target)
		want error
		body string
	}{
		"refused":                  {func(x *target) { _ = x.WriteRSTStream(1, http2.ErrCodeRefusedStream) }, ErrUnprocessed, ""},
		"not reached before going": {func(x *target) { _ = x.WriteGoAway(0, http2.ErrCodeNo, nil) }, ErrUnprocessed, ""},
		"reset":                    {func(x *target) { _ = x.WriteRSTStream(1, http2.ErrCodeCancel) }, &ResetError{http2.ErrCodeCancel}, ""},
		"reset within the body": {func(x *target) {
			x.head(1, false, ":status", "200")
			_ = x.WriteData(1, false, []byte("half"))
			_ = x.WriteRSTStream(1, http2.ErrCodeInternal)
		}, &ResetError{http2.ErrCodeInternal}, "half"},
		"refused after the head": {func(x *target) {
			x.head(1, false, ":status", "200")
			_ = x.WriteRSTStream(1, http2.ErrCodeRefusedStream)
		}, &ResetError{http2.ErrCodeRefusedStream}, ""},
		"closed": {func(x *target) { _ = x.conn.Close() }, ErrClosed, ""},
		"closed within the body": {func(x *target) {
			x.head(1, false, ":status", "200", "content-length", "10")
			_ = x.WriteData(1, false, []byte("half"))
			_ = x.conn.Close()
		}, ErrClosed, "half"},
		"no answer": {func(x *target) {}, ErrTimeout, ""},
		"shorter than declared": {func(x *target) {
			x.head(1, false, ":status", "200", "content-length", "10")
			_ = x.WriteData(1, true, []byte("half"))
		}, errBodyLength, "half"},
		"longer than declared": {func(x *target) {
			x.head(1, false, ":status", "200", "content-length", "1")
			_ = x.WriteData(1, true, []byte("half"))
		}, errBodyLength, ""},
		"a body without a head": {func(x *target) { _ = x.WriteData(1, true, []byte("half")) }, errNoHead, ""},
		"trailers without an end": {func(x *target) {
			x.head(1, false, ":status", "200")
			x.head(1, false, "x", "y")
		}, errTrailers, ""},
		"more than the stream's window": {func(x *target) {
			x.head(1, false, ":status", "200")
			for range streamWindow/16384 + 1 {
				_ = x.WriteData(1, false, make([]byte, 16384))
			}
		}, &ResetError{http2.ErrCodeFlowControl}, "*"},
		"interim without end": {func(x *target) {
			for range maxInterim + 1 {
				x.head(1, false, ":status", "102")
			}
		}, errInterims, ""},
		"no status":     {func(x *target) { x.head(1, true, "a", "b") }, &MalformedError{"invalid status from target"}, ""},
		"two statuses":  {func(x *target) { x.head(1, true, ":status", "200", ":status", "200") }, &MalformedError{"invalid pseudo-header field from target"}, ""},
		"late status":   {func(x *target) { x.head(1, true, "a", "b", ":status", "200") }, &MalformedError{"invalid pseudo-header field from target"}, ""},
		"path":          {func(x *target) { x.head(1, true, ":status", "200", ":path", "/") }, &MalformedError{"invalid pseudo-header field from target"}, ""},
		"bad status":    {func(x *target) { x.head(1, true, ":status", "2x0") }, &MalformedError{"invalid status from target"}, ""},
		"switch":        {func(x *target) { x.head(1, true, ":status", "101") }, &MalformedError{"invalid protocol switch from target"}, ""},
		"connection":    {func(x *target) { x.head(1, true, ":status", "200", "connection", "close") }, &MalformedError{"malformed header field from target"}, ""},
		"upper case":    {func(x *target) { x.head(1, true, ":status", "200", "Upper", "x") }, &MalformedError{"malformed header field from target"}, ""},
		"control bytes": {func(x *target) { x.head(1, true, ":status", "200", "a", "x\r\nset-cookie: y") }, &MalformedError{"malformed header field from target"}, ""},
		"two lengths":   {func(x *target) { x.head(1, true, ":status", "200", "content-length", "0", "content-length", "0") }, &MalformedError{"invalid Content-Length from target"}, ""},
		"bad length":    {func(x *target) { x.head(1, true, ":status", "200", "content-length", "+1") }, &MalformedError{"invalid Content-Length from target"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Request{End: true, Within: 5 * time.Second}
			if errors.Is(c.want, ErrTimeout) {
				o.Within = 50 * time.Millisecond
			}
			conn, x := ready(t, Options{})
			st := get(t, conn, o)
			x.await(1)
			c.do(x)
			if c.body == "*" { // whoever reads meanwhile gives the window back
				broken := func() bool { st.c.mu.Lock(); defer st.c.mu.Unlock(); return st.failed != nil }
				for end := time.Now().Add(20 * time.Second); !broken() && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
			}
			_, body, err := answer(st)
			if err == nil || err.Error() != c.want.Error() || c.body != "*" && body != c.body {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}

func TestAConnectionErrorOfTheTargetEndsAllStreams(t *testing.T) {
	for name, c := range map[string]struct {
		code http2.ErrCode
		do   func(x *target)
	}{
		"PING flood":     {http2.ErrCodeEnhanceYourCalm, func(x *target) { x.repeat(1000, func() { _ = x.WritePing(false, [8]byte{}) }) }},
		"SETTINGS flood": {http2.ErrCodeEnhanceYourCalm, func(x *target) { x.repeat(1000, func() { _ = x.WriteSettings() }) }},
		"empty DATA flood": {http2.ErrCodeEnhanceYourCalm, func(x *target) {
			x.head(1, false, ":status", "200")
			x.repeat(1000, func() { _ = x.WriteData(1, false, nil) })
		}},
		"empty CONTINUATION": {http2.ErrCodeEnhanceYourCalm, func(x *target) {
			_ = x.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x88}})
			_ = x.WriteContinuation(1, false, nil)
		}},
		"CONTINUATION flood": {http2.ErrCodeEnhanceYourCalm, func(x *target) {
			_ = x.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x88}})
			x.repeat(20, func() { _ = x.WriteContinuation(1, false, []byte{0x82}) })
		}},
		"endless block": {http2.ErrCodeEnhanceYourCalm, func(x *target) {
			_ = x.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x88}})
			x.repeat(10, func() { _ = x.WriteContinuation(1, false, make([]byte, 16000)) })
		}},
		"bad table index": {http2.ErrCodeCompression, func(x *target) {
			_ = x.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff, 0xff, 0x7f}, EndHeaders: true})
		}},
		"an answer nobody asked for": {http2.ErrCodeProtocol, func(x *target) { x.head(7, true, ":status", "200") }},
		"a stream of its own":        {http2.ErrCodeProtocol, func(x *target) { x.head(2, true, ":status", "200") }},
		"data nobody asked for":      {http2.ErrCodeProtocol, func(x *target) { _ = x.WriteData(7, false, []byte("x")) }},
		"reset of no stream":         {http2.ErrCodeProtocol, func(x *target) { _ = x.WriteRSTStream(7, 0) }},
		"window of no stream":        {http2.ErrCodeProtocol, func(x *target) { _ = x.WriteWindowUpdate(7, 1) }},
		"window overflow": {http2.ErrCodeFlowControl, func(x *target) {
			x.repeat(2, func() { _ = x.WriteWindowUpdate(0, 1<<31-1) })
		}},
		"push": {http2.ErrCodeProtocol, func(x *target) {
			_ = x.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true, BlockFragment: []byte{0x82}})
		}},
		"push allowed":    {http2.ErrCodeProtocol, func(x *target) { _ = x.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 1}) }},
		"frame too large": {http2.ErrCodeFrameSize, func(x *target) { _ = x.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 20000)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, x := ready(t, Options{})
			st := get(t, conn, Request{End: true, Within: 10 * time.Second})
			x.await(1)
			go c.do(x)
			if _, _, err := answer(st); err == nil {
				t.Error("the stream did not fail")
			}
			if f, ok := x.frame(http2.FrameGoAway).(*http2.GoAwayFrame); ok && f.ErrCode != c.code {
				t.Errorf("the target is told %v", f.ErrCode)
			}
			if conn.Reserve() {
				t.Error("it takes streams still")
			}
		})
	}
}

func (x *target) repeat(n int, f func()) {
	for range n {
		f()
	}
}

func TestATargetThatSpeaksSomethingElse(t *testing.T) {
	for name, says := range map[string]string{
		"HTTP/1.1":    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
		"no settings": "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678",
		"nothing":     "",
	} {
		conn, x := pair(t, Options{})
		st := get(t, conn, Request{End: true, Within: 10 * time.Second})
		_, _ = io.WriteString(x.conn, says)
		_ = x.conn.(*net.TCPConn).CloseWrite()
		if _, _, err := answer(st); err == nil || errors.Is(err, ErrUnprocessed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheTargetSaysHowManyStreamsThereMayBe(t *testing.T) {
	c, _ := ready(t, Options{}, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 2})
	a := get(t, c, Request{End: true})
	_ = get(t, c, Request{End: true})
	if c.Reserve() {
		t.Error("a third stream was promised")
	}
	a.Cancel()
	if c.Streams() != 2 {
		t.Errorf("%d streams", c.Streams())
	}
}

func TestStreamsThatRunOutliveGoAway(t *testing.T) {
	c, x := ready(t, Options{})
	a := get(t, c, Request{End: true})
	b := get(t, c, Request{End: true})
	x.await(3)
	_ = x.WriteGoAway(1, http2.ErrCodeNo, nil)
	if _, _, err := answer(b); !errors.Is(err, ErrUnprocessed) {
		t.Errorf("the stream above: %v", err)
	}
	if c.Reserve() {
		t.Error("it takes streams still")
	}
	x.head(1, true, ":status", "200")
	if _, _, err := answer(a); err != nil {
		t.Errorf("the stream below: %v", err)
	}
}

func TestACancelledStreamIsReset(t *testing.T) {
	c, x := ready(t, Options{})
	st := get(t, c, Request{End: true})
	x.await(1)
	st.Cancel()
	if _, _, err := answer(st); !errors.Is(err, ErrCancelled) {
		t.Error(err)
	}
	if f := x.frame(http2.FrameRSTStream).(*http2.RSTStreamFrame); f.StreamID != 1 || f.ErrCode != http2.ErrCodeCancel {
		t.Errorf("%v", f)
	}
	// What was on its way does no harm.
	x.head(1, false, ":status", "200")
	_ = x.WriteData(1, true, []byte("late"))
	st = get(t, c, Request{End: true})
	x.await(3)
	x.head(3, true, ":status", "200")
	if _, _, err := answer(st); err != nil {
		t.Error(err)
	}
}

func TestAnEarlyAnswerEndsTheBody(t *testing.T) {
	c, x := ready(t, Options{})
	st := get(t, c, Request{})
	x.await(1)
	x.head(1, true, ":status", "413")
	_ = x.WriteRSTStream(1, http2.ErrCodeNo)
	got, _, err := answer(st)
	if err != nil || got.Response.Status != 413 {
		t.Errorf("%d, %v", got.Response.Status, err)
	}
	for range 1000 {
		if err = st.Write([]byte("more")); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if !errors.Is(err, ErrStopped) {
		t.Errorf("writing gives %v", err)
	}
}

func TestConnectionsEnd(t *testing.T) {
	t.Run("when they are idle", func(t *testing.T) {
		_, x := ready(t, Options{Idle: 20 * time.Millisecond})
		if f, ok := x.frame(http2.FrameGoAway).(*http2.GoAwayFrame); !ok || f.ErrCode != http2.ErrCodeNo {
			t.Errorf("%v", f)
		}
	})
	t.Run("when they have served enough", func(t *testing.T) {
		c, x := ready(t, Options{MaxRequests: 1})
		st := get(t, c, Request{End: true})
		if c.Reserve() {
			t.Error("a second request was promised")
		}
		x.await(1)
		x.head(1, true, ":status", "200")
		if _, _, err := answer(st); err != nil {
			t.Error(err)
		}
	})
	t.Run("when they are old", func(t *testing.T) {
		c, _ := ready(t, Options{MaxAge: 10 * time.Millisecond, Idle: time.Hour})
		time.Sleep(20 * time.Millisecond)
		if c.Reserve() {
			t.Error("a request was promised")
		}
	})
	t.Run("when the target shows no sign of life", func(t *testing.T) {
		c, x := ready(t, Options{Ping: 20 * time.Millisecond, Pong: 50 * time.Millisecond})
		st := get(t, c, Request{End: true})
		x.await(1)
		if f := x.frame(http2.FramePing); f == nil {
			t.Error("nobody asked")
		}
		if _, _, err := answer(st); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

func TestHealthChecks(t *testing.T) {
	for name, c := range map[string]struct {
		grpc   bool
		do     func(x *target)
		status int
		fails  bool
	}{
		"HTTP/2": {false, func(x *target) { x.head(1, false, ":status", "404") }, 404, false},
		"interim": {false, func(x *target) {
			x.head(1, false, ":status", "103")
			x.head(1, true, ":status", "200")
		}, 200, false},
		"gRPC": {true, func(x *target) {
			x.head(1, false, ":status", "200")
			_ = x.WriteData(1, false, []byte{0, 0, 0, 0, 0})
			x.head(1, true, "grpc-status", "0")
		}, 0, false},
		"gRPC, at once":            {true, func(x *target) { x.head(1, true, ":status", "200", "grpc-status", "12") }, 12, false},
		"gRPC, other status":       {true, func(x *target) { x.head(1, true, ":status", "503") }, 503, false},
		"gRPC without a status":    {true, func(x *target) { x.head(1, true, ":status", "200") }, 0, true},
		"gRPC with a wrong status": {true, func(x *target) { x.head(1, true, ":status", "200", "grpc-status", "x") }, 0, true},
		"reset":                    {true, func(x *target) { _ = x.WriteRSTStream(1, http2.ErrCodeInternal) }, 0, true},
		"no answer":                {true, func(x *target) {}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			socket := probed(t, c.do)
			within := 10 * time.Second
			if name == "no answer" {
				within = 50 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(context.Background(), within)
			defer cancel()
			status, err := NewKeeper(Options{Tick: 5 * time.Millisecond}).Probe(ctx, socket, Probe{Authority: "a:1", Path: "/x", GRPC: c.grpc})
			if status != c.status || (err != nil) != c.fails {
				t.Errorf("%d, %v", status, err)
			}
			if name == "no answer" && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
}

// A stream is used again once its probe has ended: giving the probe up must be over by then, too.
func TestAProbeMayBeGivenUpWhileItsAnswerComes(t *testing.T) {
	k := NewKeeper(Options{Tick: 5 * time.Millisecond})
	for range 300 {
		ctx, cancel := context.WithCancel(context.Background())
		socket := probed(t, func(x *target) {
			go cancel()
			x.head(1, true, ":status", "200")
		})
		status, err := k.Probe(ctx, socket, Probe{Authority: "a:1", Path: "/x"})
		if status != 200 && !errors.Is(err, context.Canceled) {
			t.Fatalf("%d, %v", status, err)
		}
		cancel()
	}
}

// probed is a connection to a target that does something once it is asked.
func probed(t *testing.T, do func(x *target)) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		in, err := l.Accept()
		_ = l.Close() // one connection is all
		if err != nil {
			return
		}
		_, _ = io.ReadFull(in, make([]byte, len(http2.ClientPreface)))
		x := &target{t: t, conn: in, Framer: http2.NewFramer(in, in)}
		x.enc = hpack.NewEncoder(&x.block)
		x.AllowIllegalWrites = true
		_ = x.WriteSettings()
		x.await(1)
		do(x)
		_, _ = io.Copy(io.Discard, in)
		_ = in.Close()
	}()
	socket, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return socket
}
