package h2

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// target is the other end of a connection, which writes frames as it likes.
type target struct {
	t    *testing.T
	conn net.Conn
	*http2.Framer
	block bytes.Buffer
	enc   *hpack.Encoder
}

// pair connects to a target that has said nothing yet.
func pair(t *testing.T, o Options) (*Conn, *target) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if o.Tick == 0 {
		o.Tick = 5 * time.Millisecond
	}
	out, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = in.SetDeadline(time.Now().Add(20 * time.Second))
	ended := make(chan bool)
	c := NewKeeper(o).Open(out, func() { close(ended) })
	x := &target{t: t, conn: in, Framer: http2.NewFramer(in, in)}
	x.AllowIllegalWrites, x.AllowIllegalReads = true, true
	x.enc = hpack.NewEncoder(&x.block)
	t.Cleanup(func() {
		_ = in.Close()
		c.Retire()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("the connection did not end")
		}
	})
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(in, preface); err != nil || string(preface) != http2.ClientPreface {
		t.Fatalf("preface %q, %v", preface, err)
	}
	return c, x
}

// ready is pair with a target that has sent its SETTINGS.
func ready(t *testing.T, o Options, settings ...http2.Setting) (*Conn, *target) {
	t.Helper()
	c, x := pair(t, o)
	_ = x.WriteSettings(settings...)
	for range 1000 {
		c.mu.Lock()
		settled := c.settled
		c.mu.Unlock()
		if settled {
			return c, x
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the settings were not taken")
	return nil, nil
}

// fields encodes name, value, name, value ...
func (x *target) fields(pairs ...string) []byte {
	x.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = x.enc.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return append([]byte(nil), x.block.Bytes()...)
}

func (x *target) head(id uint32, end bool, pairs ...string) {
	_ = x.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: x.fields(pairs...), EndStream: end, EndHeaders: true})
}

// frame reads until a frame of the kind comes; nil at the end of the connection.
func (x *target) frame(kind http2.FrameType) http2.Frame {
	for {
		f, err := x.ReadFrame()
		if err != nil {
			if n, ok := err.(net.Error); ok && n.Timeout() {
				x.t.Error("nothing came any more")
			}
			return nil
		}
		if f.Header().Type == kind {
			return f
		}
	}
}

// await reads until the request on a stream has come.
func (x *target) await(id uint32) {
	for {
		f := x.frame(http2.FrameHeaders)
		if f == nil {
			x.t.Fatalf("no request on stream %d", id)
		}
		if f.Header().StreamID == id {
			return
		}
	}
}

// get opens a stream for a request without a body.
func get(t *testing.T, c *Conn, r Request) *Stream {
	t.Helper()
	if !c.Reserve() {
		t.Fatal("no stream was promised")
	}
	x := &exchange.Exchange{}
	x.Request.Method, x.Request.Target, x.Request.Authority = []byte("GET"), []byte("/"), []byte("a")
	r.Block = codec.AppendRequest(nil, x, false, false)
	st := c.Open(r)
	t.Cleanup(st.Close)
	return st
}

// answer reads a whole answer.
func answer(st *Stream) (x *exchange.Exchange, body string, err error) {
	x = &exchange.Exchange{}
	for x.Response.Status < 200 {
		if err := st.Head(x); err != nil {
			return x, "", err
		}
	}
	b, err := io.ReadAll(st)
	if err == nil {
		st.Trailer(x)
	}
	return x, string(b), err
}
