package h2

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/gwanmun/gwanmun/internal/model"
)

// chat answers a WebSocket handshake and then sends back what it gets, until the client ends.
func chat(w http.ResponseWriter, r *http.Request) {
	if r.Method != "GET" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Header.Get("Sec-Websocket-Version") != "13" {
		http.Error(w, "no handshake", http.StatusBadRequest)
		return
	}
	switch r.URL.Path {
	case "/no":
		http.Error(w, "go away", http.StatusForbidden)
		return
	case "/ok":
		fmt.Fprint(w, "hello")
		return
	}
	conn, both, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	sum := sha1.Sum([]byte(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if r.URL.Path == "/wrong" {
		sum[0]++
	}
	fmt.Fprintf(both, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: chat\r\n\r\nwelcome;", base64.StdEncoding.EncodeToString(sum[:]))
	_ = both.Flush()
	lines := bufio.NewScanner(both)
	for lines.Scan() {
		fmt.Fprintf(both, "%s;", lines.Text())
		_ = both.Flush()
	}
	fmt.Fprint(both, "bye")
	_ = both.Flush()
}

func (r *raw) connect(id uint32, path string, more ...string) {
	fields := []string{":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":authority", "a.example", ":path", path}
	r.headers(id, false, r.fields(append(append(fields, "sec-websocket-version", "13"), more...)...))
}

func TestWebSocketsOverHTTP2BecomeTunnelsToTargetsOfHTTP11(t *testing.T) {
	h := build(t, plan{dialect: model.DialectNginx, handler: chat})
	r := h.dial()
	r.connect(1, "/chat")
	_ = r.WriteData(1, false, []byte("one\n"))
	sent := make(chan bool)
	go func() {
		defer close(sent)
		_ = r.WriteData(1, false, []byte("two\n"))
		_ = r.WriteData(1, true, nil)
	}()
	a := r.read(1)
	<-sent
	if a.status != "200" || a.body != "welcome;one;two;bye" || !a.ended || a.broken {
		t.Errorf("%+v", a)
	}
	if a.fields["sec-websocket-accept"] != "" || a.fields["sec-websocket-protocol"] != "chat" || a.fields["upgrade"] != "" {
		t.Errorf("fields %v", a.fields)
	}
	// The connection serves other streams still.
	r.connect(3, "/no")
	if a := r.read(3); a.status != "403" || a.body != "go away\n" {
		t.Errorf("%+v", a)
	}
	r.connect(5, "/ok")
	if a := r.read(5); a.status != "502" {
		t.Errorf("a 200 of the target came through: %+v", a)
	}
	r.connect(7, "/wrong")
	if a := r.read(7); a.status != "502" {
		t.Errorf("a false handshake came through: %+v", a)
	}
	r.headers(9, false, r.fields(":method", "CONNECT", ":protocol", "connect-udp", ":scheme", "https", ":authority", "a", ":path", "/"))
	if a := r.read(9); a.status != "501" {
		t.Errorf("an unknown protocol: %+v", a)
	}
	r.headers(11, false, r.fields(":method", "GET", ":protocol", "websocket", ":scheme", "https", ":authority", "a", ":path", "/"))
	if a := r.read(11); !a.broken || a.reset != http2.ErrCodeProtocol {
		t.Errorf("GET with a protocol: %+v", a)
	}
	r.headers(13, false, r.fields(":method", "CONNECT", ":authority", "a.example:443"))
	if a := r.read(13); a.status != "405" {
		t.Errorf("plain CONNECT: %+v", a)
	}
}

func TestThereIsNoTunnelToTargetsOfHTTP2(t *testing.T) {
	h := build(t, plan{dialect: model.DialectNginx, version: model.GRPC, handler: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			http.Error(w, "no", http.StatusNotFound)
		}
	}})
	r := h.dial()
	r.connect(1, "/chat")
	if a := r.read(1); a.status != "502" {
		t.Errorf("%+v", a)
	}
	r.connect(3, "/no")
	if a := r.read(3); a.status != "404" || a.body != "no\n" {
		t.Errorf("%+v", a)
	}
}

func TestATunnelEndsWithItsTarget(t *testing.T) {
	h := build(t, plan{dialect: model.DialectNginx, handler: func(w http.ResponseWriter, r *http.Request) {
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		sum := sha1.Sum([]byte(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		fmt.Fprintf(both, "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			base64.StdEncoding.EncodeToString(sum[:]))
		_, _ = io.WriteString(both, "that is all")
		_ = both.Flush()
	}})
	r := h.dial()
	r.connect(1, "/")
	if a := r.read(1); a.status != "200" || a.body != "that is all" || !a.ended {
		t.Errorf("%+v", a)
	}
	if e := h.ended(1)[0]; e.status != 200 || e.bodies != 11 {
		t.Errorf("logged %+v", e)
	}
}

func TestELBListenersKnowNoWebSocketOverHTTP2(t *testing.T) {
	h := build(t, plan{handler: chat})
	r := h.dial()
	f := r.frame(http2.FrameSettings).(*http2.SettingsFrame)
	if v, there := f.Value(http2.SettingEnableConnectProtocol); there && v != 0 {
		t.Error("it is offered")
	}
	r.connect(1, "/chat")
	if a := r.read(1); !a.broken || a.reset != http2.ErrCodeProtocol {
		t.Errorf("%+v", a)
	}
}
