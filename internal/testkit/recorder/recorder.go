package recorder

import (
	"bufio"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// Options say what a Recorder has to look out for.
type Options struct {
	// Owned are names of fields that only the proxy may set, in lower case; one that ends in "*" is a prefix. A value
	// with Forged in it shows that the client's field came through.
	Owned  []string
	Forged string
	// Answer says what a request is answered with; nil, or a nil answer, is the echo: 200 with "METHOD TARGET".
	Answer func(*Request) *Answer
}

// Answer is a response byte by byte.
type Answer struct {
	// Pieces are written one after another, with Pause between them.
	Pieces [][]byte
	Pause  time.Duration
	// Close ends the connection after them, Reset breaks it off; otherwise it waits for the next request.
	Close, Reset bool
	// Stay keeps the connection open without reading from it, until the proxy ends it.
	Stay bool
}

// Request is what arrived, as far as it did.
type Request struct {
	// Connection counts connections from 1, Turn the requests on it.
	Connection, Turn int
	Method, Target   string
	Host             string
	// Fields are all header fields in order, framing included.
	Fields []Field
	// Body is the body without framing, its first 64 KB; Length its whole length.
	Body    []byte
	Length  int64
	Chunked bool
	// Complete is false for a request that broke off.
	Complete bool
	// Wrong holds complaints: everything that another parser could read in another way.
	Wrong []string
}

// Field is a header field.
type Field struct{ Name, Value string }

// keepBody is how much of a body is kept.
const keepBody = 64 << 10

// Recorder is a running target.
type Recorder struct {
	options  Options
	listener net.Listener
	tasks    sync.WaitGroup

	mu       sync.Mutex
	changed  *sync.Cond
	requests []*Request
	// open counts requests that have begun and not ended.
	open        int
	connections int
	conns       map[net.Conn]struct{}
	closed      bool
}

// Start begins to listen on a free port of 127.0.0.1.
func Start(o Options) (*Recorder, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Recorder{options: o, listener: l, conns: map[net.Conn]struct{}{}}
	r.changed = sync.NewCond(&r.mu)
	r.tasks.Go(r.accept)
	return r, nil
}

// Address is where it listens.
func (r *Recorder) Address() string { return r.listener.Addr().String() }

// Close ends everything and waits for it.
func (r *Recorder) Close() {
	_ = r.listener.Close() // it was only waiting
	r.mu.Lock()
	r.closed = true
	for c := range r.conns { // order does not matter
		_ = c.Close() // the same
	}
	r.mu.Unlock()
	r.tasks.Wait()
}

// Take waits, for patience at the most, until no request is half read, and returns and forgets those that have ended.
func (r *Recorder) Take(patience time.Duration) []*Request {
	timer := time.AfterFunc(patience, r.changed.Broadcast)
	defer timer.Stop()
	until := time.Now().Add(patience)
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.open > 0 && time.Now().Before(until) {
		r.changed.Wait()
	}
	out := r.requests
	r.requests = nil
	return out
}

// Connections counts the connections so far.
func (r *Recorder) Connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.connections
}

func (r *Recorder) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			_ = conn.Close() // it came too late
			return
		}
		r.connections++
		number := r.connections
		r.conns[conn] = struct{}{}
		r.mu.Unlock()
		r.tasks.Go(func() {
			r.serve(conn, number)
			_ = conn.Close() // nothing is to come
			r.mu.Lock()
			delete(r.conns, conn)
			r.mu.Unlock()
		})
	}
}

// serve reads requests until the end of a connection.
func (r *Recorder) serve(conn net.Conn, number int) {
	in := bufio.NewReaderSize(conn, 4<<10)
	for turn := 1; ; turn++ {
		if _, err := in.Peek(1); err != nil {
			return
		}
		q := &Request{Connection: number, Turn: turn}
		r.mu.Lock()
		r.open++
		r.mu.Unlock()
		err := (&reading{in: in, q: q, options: &r.options}).request()
		q.Complete = err == nil
		if err == nil && in.Buffered() > 0 {
			behind, _ := in.Peek(in.Buffered()) // they are there
			q.complain("bytes behind the request before it was answered: %.80q", behind)
		}
		r.mu.Lock()
		r.open--
		r.requests = append(r.requests, q)
		r.changed.Broadcast()
		r.mu.Unlock()
		if err != nil || !r.answer(conn, in, q) {
			return
		}
	}
}

// answer says whether another request may follow.
func (r *Recorder) answer(conn net.Conn, in *bufio.Reader, q *Request) bool {
	var a *Answer
	if r.options.Answer != nil {
		a = r.options.Answer(q)
	}
	if a == nil {
		_, err := conn.Write(echo(q))
		return err == nil && !q.wants("connection", "close")
	}
	for i, piece := range a.Pieces {
		if i > 0 && a.Pause > 0 {
			time.Sleep(a.Pause)
		}
		if _, err := conn.Write(piece); err != nil {
			return false
		}
	}
	switch {
	case a.Reset:
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // makes the close a reset
		}
		return false
	case a.Stay:
		_, _ = io.Copy(io.Discard, in) // until the proxy ends it
		return false
	}
	return !a.Close
}

// echo is the usual answer.
func echo(q *Request) []byte {
	body := q.Method + " " + q.Target
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n"
	if q.Method == "HEAD" {
		return []byte(head)
	}
	return []byte(head + body)
}

// wants says whether a list field has a member.
func (q *Request) wants(name, member string) bool {
	return slices.ContainsFunc(q.Fields, func(f Field) bool {
		return fold(f.Name) == name && slices.Contains(members(f.Value), member)
	})
}

// Get returns the value of the first field of that name.
func (q *Request) Get(name string) (value string, ok bool) {
	for _, f := range q.Fields {
		if fold(f.Name) == fold(name) {
			return f.Value, true
		}
	}
	return "", false
}

// errBroken is a request that cannot be read on.
var errBroken = errors.New("the request broke off")
