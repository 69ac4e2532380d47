package echo

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func start(t *testing.T, config *tls.Config) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Start(l, Identity{"web", "shop", "web-1", "node-a"}, config)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		goleak.VerifyNone(t)
	})
	return s
}

func client(t *testing.T) *http.Client {
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func do(t *testing.T, c *http.Client, method, url string, body string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, data
}

func TestTheAnswerTellsWhatWasReceivedAndByWhom(t *testing.T) {
	s := start(t, nil)
	c := client(t)
	_, body := do(t, c, "POST", "http://"+s.Address().String()+"/a%2Fb?x=1", "hello", "X-Two", "1", "X-Two", "2")
	var a Answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	if a.Service != "web" || a.Namespace != "shop" || a.Pod != "web-1" || a.Node != "node-a" || !a.StandIn {
		t.Errorf("the pod is %+v", a)
	}
	if a.Method != "POST" || a.Path != "/a%2Fb?x=1" || a.Host != s.Address().String() || a.Proto != "HTTP/1.1" || a.BodySize != 5 || a.TLS {
		t.Errorf("the request is %+v", a)
	}
	if got := a.Headers["X-Two"]; len(got) != 2 || got[1] != "2" {
		t.Errorf("the fields are %v", a.Headers)
	}
}

func TestTheRequestSteersTheAnswer(t *testing.T) {
	s := start(t, nil)
	c := client(t)
	url := "http://" + s.Address().String() + "/"
	if r, _ := do(t, c, "GET", url, "", HeaderStatus, "503"); r.StatusCode != 503 || r.Header.Get("X-Echo-Pod") != "web-1" {
		t.Errorf("got %d", r.StatusCode)
	}
	if r, body := do(t, c, "GET", url, "", HeaderSize, "1048577"); len(body) != 1048577 || r.ContentLength != 1048577 {
		t.Errorf("got %d bytes", len(body))
	}
	if r, body := do(t, c, "GET", url, "", HeaderStatus, "204", HeaderSize, "0"); r.StatusCode != 204 || len(body) != 0 {
		t.Errorf("got %d", r.StatusCode)
	}
	before := time.Now()
	if do(t, c, "GET", url, "", HeaderDelay, "60ms"); time.Since(before) < 60*time.Millisecond {
		t.Errorf("the answer came after %v", time.Since(before))
	}
	for _, bad := range [][2]string{{HeaderStatus, "101"}, {HeaderStatus, "x"}, {HeaderDelay, "2h"}, {HeaderSize, "-1"}, {HeaderSize, "9999999999999"}} {
		if r, _ := do(t, c, "GET", url, "", bad[0], bad[1]); r.StatusCode != 400 {
			t.Errorf("%v gave %d", bad, r.StatusCode)
		}
	}
}

func TestWebSocketMessagesComeBack(t *testing.T) {
	s := start(t, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws://"+s.Address().String()+"/chat", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	for _, size := range []int{0, 5, 125, 126, 65535, 70000} {
		message := bytes.Repeat([]byte("x"), size)
		if err := c.Write(ctx, websocket.MessageText, message); err != nil {
			t.Fatal(err)
		}
		kind, got, err := c.Read(ctx)
		if err != nil || kind != websocket.MessageText || !bytes.Equal(got, message) {
			t.Fatalf("%d bytes came back as %d of kind %v: %v", size, len(got), kind, err)
		}
	}
	if err := c.Close(websocket.StatusNormalClosure, "bye"); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestOpenWebSocketsDoNotHoldUpTheEnd(t *testing.T) {
	s := start(t, nil) // its cleanup checks that Close returns and nothing is left
	c, _, err := websocket.Dial(context.Background(), "ws://"+s.Address().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
}

func TestTLSAndPlainShareAPort(t *testing.T) {
	other := httptest.NewUnstartedServer(nil)
	other.StartTLS()
	config := &tls.Config{Certificates: other.TLS.Certificates}
	other.Close()
	s := start(t, config)
	idle, err := net.Dial("tcp", s.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close() // a connection that says nothing must not stop the others
	c := client(t)
	for scheme, want := range map[string]bool{"http": false, "https": true} {
		_, body := do(t, c, "GET", scheme+"://"+s.Address().String()+"/", "")
		var a Answer
		if err := json.Unmarshal(body, &a); err != nil || a.TLS != want {
			t.Errorf("%s: tls is %v, %v", scheme, a.TLS, err)
		}
	}
}

func TestCloseWaitsForRequestsInFlight(t *testing.T) {
	s := start(t, nil)
	c := client(t)
	got := make(chan int, 1)
	go func() {
		r, _ := do(t, c, "GET", "http://"+s.Address().String(), "", HeaderDelay, "150ms")
		got <- r.StatusCode
	}()
	time.Sleep(50 * time.Millisecond) // let the request arrive
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	if status := <-got; status != 200 {
		t.Errorf("the request in flight got %d", status)
	}
}

func TestDatagramsAreAnsweredByThePod(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := StartDatagrams(conn, Identity{Service: "dns", Namespace: "kube-system", Pod: "dns-1"})
	c, err := net.Dial("udp", d.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	var a Answer
	if err := json.NewDecoder(c).Decode(&a); err != nil {
		t.Fatal(err)
	}
	if a.Service != "dns" || a.Pod != "dns-1" || a.Path != "hello" || a.BodySize != 5 || a.RemoteAddr != c.LocalAddr().String() {
		t.Errorf("%+v", a)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
