package h2

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// made answers 200 without a target.
func made(x *exchange.Exchange) exchange.Verdict {
	x.Respond(200, []byte("ok"))
	return exchange.Respond
}

func TestMalformedRequestsAreResetAndLogged(t *testing.T) {
	h := build(t, plan{before: made})
	for name, more := range map[string][]string{
		"connection-specific field":  {"connection", "close"},
		"request smuggled in a line": {"x", "1\r\nHost: evil"},
		"upper case":                 {"Upper", "1"},
		"transfer-encoding":          {"transfer-encoding", "chunked"},
		"length without a body":      {"content-length", "5"},
		"unknown pseudo-header":      {":evil", "1"},
	} {
		r := h.dial()
		r.get(1, more...)
		if a := r.read(1); !a.broken || a.reset != http2.ErrCodeProtocol {
			t.Errorf("%s: %+v", name, a)
		}
		r.get(3)
		if a := r.read(3); a.status != "200" || a.body != "ok" {
			t.Errorf("%s: the connection did not survive: %+v", name, a)
		}
	}
	for _, e := range h.ended(12) {
		if e.status != 200 && (e.status != 400 || e.error == "") {
			t.Errorf("logged %+v", e)
		}
	}
}

func TestRefusedRequestsGetAnAnswer(t *testing.T) {
	h := build(t, plan{before: made, dialect: model.DialectNginx})
	r := h.dial()
	r.headers(1, true, r.fields(":method", "TRACE", ":scheme", "https", ":authority", "a", ":path", "/"))
	r.headers(3, true, r.fields(":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/"+strings.Repeat("a", 9000)))
	r.headers(5, false, r.fields(":method", "POST", ":scheme", "https", ":authority", "a b", ":path", "/"))
	r.headers(7, true, r.fields(":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/", "host", "b"))
	got := map[uint32]string{}
	for range 4 {
		a := r.anyHead()
		got[a.id] = a.status
	}
	if got[1] != "405" || got[3] != "414" || got[5] != "400" || got[7] != "400" {
		t.Errorf("answers %v", got)
	}
}

func TestABlockThatUnpacksToMegabytesIsRefused(t *testing.T) {
	h := build(t, plan{before: made})
	r := h.dial()
	r.get(1, "x-bomb", strings.Repeat("b", 3900)) // goes into the table
	if a := r.read(1); a.status != "200" {
		t.Errorf("%+v", a)
	}
	block := r.usual()
	block = append(block, bytes.Repeat([]byte{0x80 | 62}, 10_000)...) // 39 MB of it
	r.headers(3, true, block)
	if a := r.read(3); a.status != "413" {
		t.Errorf("%+v", a)
	}
	r.get(5)
	if a := r.read(5); a.status != "200" {
		t.Errorf("the connection did not survive: %+v", a)
	}
}

type headOf struct {
	id     uint32
	status string
}

// anyHead reads until the next HEADERS.
func (r *raw) anyHead() headOf {
	for {
		f, err := r.ReadFrame()
		if err != nil {
			r.t.Fatal(err)
		}
		if f, ok := f.(*http2.HeadersFrame); ok {
			// Without a table every block can be read by itself: 0x08 is a literal status.
			b := bytes.TrimPrefix(f.HeaderBlockFragment(), []byte{0x20})
			if b[0] == 8 {
				return headOf{f.StreamID, string(b[2:5])}
			}
			return headOf{f.StreamID, map[byte]string{0x88: "200", 0x8c: "400"}[b[0]]}
		}
	}
}

func TestBodyAndLengthMustAgree(t *testing.T) {
	h := build(t, plan{})
	for name, send := range map[string]func(r *raw){
		"too long":  func(r *raw) { _ = r.WriteData(1, true, []byte("123456")) },
		"too short": func(r *raw) { _ = r.WriteData(1, true, []byte("1234")) },
		"too short, trailers": func(r *raw) {
			_ = r.WriteData(1, false, []byte("1234"))
			r.headers(1, true, r.fields("x", "y"))
		},
	} {
		r := h.dial()
		r.headers(1, false, r.usual("content-length", "5"))
		send(r)
		if a := r.read(1); !a.broken || a.reset != http2.ErrCodeProtocol {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestTrailersEndABody(t *testing.T) {
	h := build(t, plan{})
	r := h.dial()
	r.headers(1, false, r.usual())
	_ = r.WriteData(1, false, []byte("hello"))
	r.headers(1, true, r.fields("x-trailer", "1"))
	if a := r.read(1); a.status != "200" || a.body != "hello" {
		t.Errorf("%+v", a)
	}
	r.headers(3, false, r.usual())
	r.headers(3, false, r.fields("x", "y"))
	if a := r.read(3); !a.broken || a.reset != http2.ErrCodeProtocol {
		t.Errorf("trailers without an end: %+v", a)
	}
}

// TestConnectionErrors fires what ends a connection and expects GOAWAY with the code.
func TestConnectionErrors(t *testing.T) {
	h := build(t, plan{before: made})
	for name, c := range map[string]struct {
		code http2.ErrCode
		send func(r *raw)
	}{
		"DATA on stream 0":                  {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteRawFrame(http2.FrameData, 0, 0, []byte("x")) }},
		"HEADERS on stream 0":               {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteRawFrame(http2.FrameHeaders, 4, 0, r.usual()) }},
		"HEADERS on an even one":            {http2.ErrCodeProtocol, func(r *raw) { r.get(2) }},
		"DATA on an idle stream":            {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteData(5, true, nil) }},
		"RST on an idle stream":             {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteRSTStream(5, http2.ErrCodeCancel) }},
		"HEADERS on a skipped one":          {http2.ErrCodeProtocol, func(r *raw) { r.get(5); r.get(3) }},
		"HEADERS on the first one, skipped": {http2.ErrCodeProtocol, func(r *raw) { r.get(3); r.get(5); r.get(1) }},
		"window of an idle one":             {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteWindowUpdate(5, 1) }},
		"window grows by nothing":           {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteRawFrame(http2.FrameWindowUpdate, 0, 0, make([]byte, 4)) }},
		"window overflows": {http2.ErrCodeFlowControl, func(r *raw) {
			_ = r.WriteWindowUpdate(0, 1<<31-1)
			_ = r.WriteWindowUpdate(0, 1<<31-1)
		}},
		"frame too large":        {http2.ErrCodeFrameSize, func(r *raw) { _ = r.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 20000)) }},
		"bad table index":        {http2.ErrCodeCompression, func(r *raw) { r.headers(1, true, []byte{0xff, 0xff, 0xff, 0x7f}) }},
		"half a field":           {http2.ErrCodeCompression, func(r *raw) { r.headers(1, true, []byte{0x40, 0x05, 'a'}) }},
		"CONTINUATION alone":     {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteContinuation(1, true, nil) }},
		"frame within a block":   {http2.ErrCodeProtocol, func(r *raw) { r.open(1); _ = r.WritePing(false, [8]byte{}) }},
		"empty CONTINUATION":     {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.open(1); _ = r.WriteContinuation(1, false, nil) }},
		"too many CONTINUATIONs": {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.open(1); r.repeat(20, func() { _ = r.WriteContinuation(1, false, []byte{0x82}) }) }},
		"endless header block": {http2.ErrCodeEnhanceYourCalm, func(r *raw) {
			r.open(1)
			r.repeat(5, func() { _ = r.WriteContinuation(1, false, make([]byte, 16000)) })
		}},
		"push": {http2.ErrCodeProtocol, func(r *raw) {
			_ = r.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true})
		}},
		"bad initial window":      {http2.ErrCodeFlowControl, func(r *raw) { _ = r.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 31}) }},
		"bad frame size setting":  {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1}) }},
		"SETTINGS on a stream":    {http2.ErrCodeProtocol, func(r *raw) { _ = r.WriteRawFrame(http2.FrameSettings, 0, 1, nil) }},
		"SETTINGS of odd length":  {http2.ErrCodeFrameSize, func(r *raw) { _ = r.WriteRawFrame(http2.FrameSettings, 0, 0, make([]byte, 5)) }},
		"PING of odd length":      {http2.ErrCodeFrameSize, func(r *raw) { _ = r.WriteRawFrame(http2.FramePing, 0, 0, make([]byte, 7)) }},
		"padding beyond the data": {http2.ErrCodeProtocol, func(r *raw) { r.get(1); _ = r.WriteRawFrame(http2.FrameData, http2.FlagDataPadded, 1, []byte{9, 1}) }},
		"PING flood":              {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.repeat(1000, func() { _ = r.WritePing(false, [8]byte{}) }) }},
		"PING ack flood":          {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.repeat(1000, func() { _ = r.WritePing(true, [8]byte{}) }) }},
		"SETTINGS flood":          {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.repeat(1000, func() { _ = r.WriteSettings() }) }},
		"PRIORITY flood":          {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.repeat(1000, func() { _ = r.WritePriority(1, http2.PriorityParam{StreamDep: 3}) }) }},
		"unknown flood":           {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.repeat(1000, func() { _ = r.WriteRawFrame(0x77, 0, 0, nil) }) }},
		"malformed flood":         {http2.ErrCodeEnhanceYourCalm, func(r *raw) { r.streams(2000, func(id uint32) { r.get(id, "connection", "x") }) }},
		"empty DATA flood": {http2.ErrCodeEnhanceYourCalm, func(r *raw) {
			r.headers(1, false, r.usual())
			r.repeat(1000, func() { _ = r.WriteData(1, false, nil) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.dial()
			r.t = t
			// Frames are written while the answers are read, as both sides' buffers are finite.
			go c.send(r)
			a := r.read(0)
			if !a.goAway || a.code != c.code {
				t.Errorf("%+v, want %v", a, c.code)
			}
		})
	}
}

// TestStreamFloods is for floods of streams whose requests would take their time.
func TestStreamFloods(t *testing.T) {
	wait := make(chan struct{})
	h := build(t, plan{before: func(x *exchange.Exchange) exchange.Verdict {
		<-wait
		return made(x)
	}})
	for name, send := range map[string]func(r *raw, id uint32){
		"rapid reset": func(r *raw, id uint32) {
			r.get(id)
			_ = r.WriteRSTStream(id, http2.ErrCodeCancel)
		},
		"made to reset": func(r *raw, id uint32) {
			r.headers(id, false, r.usual())
			_ = r.WriteRawFrame(http2.FrameWindowUpdate, 0, id, make([]byte, 4))
		},
		"too many at a time": func(r *raw, id uint32) { r.get(id) },
	} {
		r := h.dial()
		go r.streams(2000, func(id uint32) { send(r, id) })
		if a := r.frame(http2.FrameGoAway).(*http2.GoAwayFrame); a.ErrCode != http2.ErrCodeEnhanceYourCalm || a.LastStreamID > 1200 {
			t.Errorf("%s: %v", name, a)
		}
	}
	close(wait)
}

// open begins a header block without ending it.
func (r *raw) open(id uint32) {
	_ = r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.usual()[:3], EndStream: true})
}

func (r *raw) repeat(n int, f func()) {
	for range n {
		f()
	}
}

func (r *raw) streams(n int, f func(id uint32)) {
	for i := range n {
		f(uint32(2*i + 1))
	}
}

func TestGarbageInPlaceOfThePreface(t *testing.T) {
	h := build(t, plan{before: made})
	r := h.dial()
	r.get(1)
	if a := r.read(1); a.status != "200" {
		t.Fatalf("%+v", a)
	}
	c := h.silent()
	if _, err := io.WriteString(c.conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if a := c.read(0); !a.goAway || a.code != http2.ErrCodeProtocol {
		t.Errorf("%+v", a)
	}
}

func TestStreamErrorsLeaveTheConnection(t *testing.T) {
	wait := make(chan struct{})
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Wait") != "" {
			<-wait
		}
	}})
	defer close(wait)
	for name, c := range map[string]struct {
		code http2.ErrCode
		send func(r *raw)
	}{
		"stream window overflows": {http2.ErrCodeFlowControl, func(r *raw) {
			r.get(1, "x-wait", "1")
			_ = r.WriteWindowUpdate(1, 1<<31-1)
		}},
		"stream window grows by nothing": {http2.ErrCodeProtocol, func(r *raw) {
			r.get(1, "x-wait", "1")
			_ = r.WriteRawFrame(http2.FrameWindowUpdate, 0, 1, make([]byte, 4))
		}},
		"DATA after the end": {http2.ErrCodeStreamClosed, func(r *raw) {
			r.get(1, "x-wait", "1")
			_ = r.WriteData(1, false, []byte("x"))
		}},
		"HEADERS after the end": {http2.ErrCodeStreamClosed, func(r *raw) {
			r.get(1, "x-wait", "1")
			r.headers(1, true, r.fields("x", "y"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.dial()
			r.t = t
			c.send(r)
			if a := r.read(1); !a.broken || a.reset != c.code {
				t.Errorf("%+v, want %v", a, c.code)
			}
			r.get(3)
			if a := r.read(3); a.status != "200" {
				t.Errorf("the connection did not survive: %+v", a)
			}
		})
	}
}

func TestStreamsBeyondTheLimitAreRefused(t *testing.T) {
	wait := make(chan struct{})
	h := build(t, plan{options: Options{MaxStreams: 4}, handler: func(w http.ResponseWriter, r *http.Request) { <-wait }})
	r := h.dial()
	for id := uint32(1); id < 9; id += 2 {
		r.get(id)
	}
	r.get(9)
	if a := r.read(9); !a.broken || a.reset != http2.ErrCodeRefusedStream {
		t.Errorf("%+v", a)
	}
	close(wait)
	if a := r.read(1); a.status != "200" {
		t.Errorf("%+v", a)
	}
}

func TestConnectionsEndAfterTheirLastRequest(t *testing.T) {
	h := build(t, plan{before: made, options: Options{MaxRequests: 3, MaxStreams: 4}})
	r := h.dial()
	for id := uint32(1); id <= 5; id += 2 {
		r.get(id)
	}
	if a := r.frame(http2.FrameGoAway).(*http2.GoAwayFrame); a.ErrCode != http2.ErrCodeNo || a.LastStreamID != 1<<31-1 {
		t.Fatalf("no warning: %v", a)
	}
	r.get(7) // was on its way
	if a := r.read(7); a.status != "200" {
		t.Errorf("%+v", a)
	}
	if a := r.read(0); !a.goAway || a.code != http2.ErrCodeNo || a.last != 7 || !a.closed {
		t.Errorf("%+v", a)
	}
	r = h.dial()
	go r.streams(100, func(id uint32) { r.get(id) }) // does not listen
	if a := r.read(0); !a.goAway || !a.closed {
		t.Errorf("%+v", a)
	}
	served := slices.DeleteFunc(h.ended(4), func(e ended) bool { return e.status == 0 })
	if n := len(served); n > 4+7 {
		t.Errorf("%d requests were served", n)
	}
}

func TestRequestsAfterTheLastOneAreLoggedWithoutStatus(t *testing.T) {
	for _, c := range []struct {
		dialect  model.Dialect
		requests uint32 // as many as a connection serves
		lines    int    // of the last two requests
	}{{model.DialectELB, 3, 2}, {model.DialectNginx, 1000, 1}} {
		t.Run(string(c.dialect), func(t *testing.T) {
			release := make(chan struct{})
			h := build(t, plan{dialect: c.dialect, options: Options{MaxRequests: 3}, before: func(x *exchange.Exchange) exchange.Verdict {
				if _, last := x.Request.Header.Get("X-Last"); last {
					<-release
				}
				return made(x)
			}})
			r := h.dial()
			for id := uint32(1); id < 2*c.requests-1; id += 2 {
				r.get(id)
				if a := r.read(id); a.status != "200" {
					t.Fatalf("stream %d: %+v", id, a)
				}
			}
			last := 2*c.requests - 1
			r.get(last, "x-last", "yes")
			_ = r.frame(http2.FrameGoAway) // the warning
			if a := r.frame(http2.FrameGoAway).(*http2.GoAwayFrame); a.LastStreamID != last {
				t.Fatalf("%v", a)
			}
			r.get(last + 2)
			_ = r.WritePing(false, [8]byte{})
			_ = r.frame(http2.FramePing) // the request before it has been judged
			close(release)
			if a := r.read(last); a.status != "200" {
				t.Errorf("%+v", a)
			}
			list := h.ended(int(c.requests) - 1 + c.lines)[c.requests-1:]
			if len(list) != c.lines {
				t.Fatalf("%d lines: %+v", len(list), list)
			}
			if late := list[0]; c.lines == 2 && (late.status != 0 || late.host != "a.example" || late.in == 0 || late.out != 0) {
				t.Errorf("%+v", late)
			}
		})
	}
}

func TestIdleConnectionsEndAlthoughTheyPing(t *testing.T) {
	h := build(t, plan{before: made, attributes: []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "1"}}})
	r := h.dial()
	r.get(1)
	if a := r.read(1); a.status != "200" {
		t.Fatalf("%+v", a)
	}
	go func() {
		for range 20 {
			time.Sleep(100 * time.Millisecond)
			_ = r.WritePing(false, [8]byte{})
		}
	}()
	began := time.Now()
	if a := r.read(0); !a.goAway || a.code != http2.ErrCodeNo {
		t.Errorf("%+v", a)
	}
	if d := time.Since(began); d < 800*time.Millisecond || d > 1900*time.Millisecond {
		t.Errorf("after %v", d)
	}
}

func TestAClientThatTakesNothingIsCutOff(t *testing.T) {
	h := build(t, plan{dialect: model.DialectNginx, options: Options{Stall: 200 * time.Millisecond}, handler: func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, 1_000_000))
	}})
	r := h.dial()
	r.get(1)
	a := r.read(1) // 65535 bytes, and then no window is given
	if !a.broken || len(a.body) != 65535 {
		t.Errorf("%+v", a.broken)
	}
}

func TestABodyThatStopsComingIsGivenUp(t *testing.T) {
	h := build(t, plan{attributes: []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "1"}}})
	r := h.dial()
	r.headers(1, false, r.usual("content-length", "100"))
	_ = r.WriteData(1, false, []byte("x"))
	if a := r.read(1); a.status != "408" {
		t.Errorf("%+v", a)
	}
}

func TestWindowsAreKept(t *testing.T) {
	h := build(t, plan{handler: func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 200_000)) }})
	r := h.dial()
	_ = r.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
	r.get(1)
	got, frames := 0, 0
	for got < 200_000 {
		f, err := r.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		d, ok := f.(*http2.DataFrame)
		if !ok {
			continue
		}
		got += len(d.Data())
		if frames++; frames == 1 && len(d.Data()) != 10 {
			t.Errorf("%d bytes into a window of 10", len(d.Data()))
		}
		_ = r.WriteWindowUpdate(0, uint32(len(d.Data())))
		_ = r.WriteWindowUpdate(1, 60_000)
	}
}

func TestClientsMustKeepWindows(t *testing.T) {
	wait := make(chan struct{})
	h := build(t, plan{before: func(x *exchange.Exchange) exchange.Verdict {
		<-wait
		return made(x)
	}})
	defer close(wait)
	data := make([]byte, 16384)
	r := h.dial()
	r.headers(1, false, r.usual())
	for range 17 { // a stream has 256 KB
		_ = r.WriteData(1, false, data)
	}
	if a := r.read(1); !a.broken || a.reset != http2.ErrCodeFlowControl {
		t.Errorf("%+v", a)
	}
	r = h.dial()
	go func() {
		for id := uint32(1); id < 11; id += 2 { // a connection has 1 MB
			r.headers(id, false, r.usual())
			for range 16 {
				_ = r.WriteData(id, false, data)
			}
		}
	}()
	if a := r.frame(http2.FrameGoAway).(*http2.GoAwayFrame); a.ErrCode != http2.ErrCodeFlowControl {
		t.Errorf("%v", a)
	}
}

// frame reads until a frame of that type.
func (r *raw) frame(kind http2.FrameType) http2.Frame {
	r.t.Helper()
	for {
		f, err := r.ReadFrame()
		if err != nil {
			r.t.Fatal(err)
		}
		if f.Header().Type == kind {
			return f
		}
	}
}

func TestPaddingIsGivenBack(t *testing.T) {
	h := build(t, plan{})
	r := h.dial()
	r.headers(1, false, r.usual())
	pad := make([]byte, 255)
	go func() {
		for range 8000 { // 2 MB of padding, more than any window
			if r.WriteDataPadded(1, false, []byte("x"), pad) != nil {
				return
			}
			time.Sleep(time.Microsecond)
		}
		_ = r.WriteData(1, true, nil)
	}()
	if a := r.read(1); a.status != "200" || len(a.body) != 8000 {
		t.Errorf("%s, %d bytes", a.status, len(a.body))
	}
}

func TestSlowHeadsEnd(t *testing.T) {
	h := build(t, plan{before: made, options: Options{Head: 300 * time.Millisecond}})
	r := h.dial()
	r.open(1)
	if a := r.read(0); !a.closed {
		t.Errorf("%+v", a)
	}
	c := h.silent()
	if a := c.read(0); !a.closed {
		t.Errorf("%+v", a)
	}
}
