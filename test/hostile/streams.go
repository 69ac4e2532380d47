package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// stream is what a client of HTTP/2 saw of one of its streams.
type stream struct {
	status string
	body   []byte
	// ended says that the answer is complete; reset is the code of RST_STREAM.
	ended bool
	reset string
}

// session is a client's connection of HTTP/2.
type session struct {
	conn net.Conn

	mu      sync.Mutex
	changed *sync.Cond
	streams map[uint32]*stream
	// goaway is the code of the last GOAWAY, if any; closed says that the connection has ended.
	goaway string
	closed bool
}

func (f *front) dialHTTP2() (*session, error) {
	c, err := net.DialTimeout("tcp", f.address, patience)
	if err != nil {
		return nil, err
	}
	s := tls.Client(c, &tls.Config{InsecureSkipVerify: true, ServerName: "a.example", NextProtos: []string{"h2"}})
	_ = s.SetDeadline(time.Now().Add(3 * patience))
	if err := s.Handshake(); err != nil {
		c.Close()
		return nil, err
	}
	if s.ConnectionState().NegotiatedProtocol != "h2" {
		c.Close()
		return nil, fmt.Errorf("h2 was not chosen")
	}
	out := &session{conn: s, streams: map[uint32]*stream{}}
	out.changed = sync.NewCond(&out.mu)
	return out, nil
}

// get returns a stream's record. The lock is held.
func (s *session) get(id uint32) *stream {
	st := s.streams[id]
	if st == nil {
		st = &stream{}
		s.streams[id] = st
	}
	return st
}

// read reads frames until the end of the connection.
func (s *session) read() {
	framer := http2.NewFramer(nil, s.conn)
	framer.SetMaxReadFrameSize(1 << 20)
	var into *stream
	decoder := hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if into != nil && f.Name == ":status" {
			into.status = f.Value
		}
	})
	for {
		frame, err := framer.ReadFrame()
		s.mu.Lock()
		if err != nil {
			s.closed = true
			s.changed.Broadcast()
			s.mu.Unlock()
			return
		}
		s.take(frame, decoder, &into)
		s.changed.Broadcast()
		s.mu.Unlock()
	}
}

func (s *session) take(frame http2.Frame, decoder *hpack.Decoder, into **stream) {
	id := frame.Header().StreamID
	switch f := frame.(type) {
	case *http2.HeadersFrame:
		st := s.get(id)
		*into = st
		_, _ = decoder.Write(f.HeaderBlockFragment()) // a broken block shows as a missing status
		st.ended = st.ended || f.StreamEnded()
	case *http2.ContinuationFrame:
		_, _ = decoder.Write(f.HeaderBlockFragment()) // likewise
	case *http2.DataFrame:
		st := s.get(id)
		st.body = append(st.body, f.Data()...)
		st.ended = st.ended || f.StreamEnded()
	case *http2.RSTStreamFrame:
		if st := s.get(id); st.reset == "" {
			st.reset = f.ErrCode.String()
		}
	case *http2.GoAwayFrame:
		s.goaway = f.ErrCode.String()
	}
}

// wait waits until done says so, the connection has ended, or time is up.
func (s *session) wait(d time.Duration, done func() bool) bool {
	timer := time.AfterFunc(d, s.changed.Broadcast)
	defer timer.Stop()
	until := time.Now().Add(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	for !done() && !s.closed && time.Now().Before(until) {
		s.changed.Wait()
	}
	return done()
}

// over says whether a stream has come to its end. The lock is held.
func (s *session) over(id uint32) bool {
	st := s.streams[id]
	return st != nil && (st.ended || st.reset != "")
}

// fireFrames sends a case of HTTP/2.
func (f *front) fireFrames(c *hostileCase, wants []*want) *outcome {
	o := &outcome{}
	todo, err := c.instructions()
	if err != nil {
		o.miss("%v", err)
		return o
	}
	s, err := f.dialHTTP2()
	if err != nil {
		o.miss("dial: %v", err)
		return o
	}
	o.session = s
	var reader sync.WaitGroup
	reader.Go(s.read)
	s.do(todo)
	for _, w := range wants {
		s.await(w, f.patience())
	}
	f.followHTTP2(o, s, wants)
	s.conn.Close()
	reader.Wait()
	o.take(f)
	return o
}

// do carries out instructions; the proxy need not take everything.
func (s *session) do(todo []instruction) {
	for _, i := range todo {
		switch {
		case i.pause > 0:
			time.Sleep(i.pause)
		case i.read > 0:
			s.wait(patience, func() bool { return s.over(i.read) || s.goaway != "" })
		default:
			if _, err := s.conn.Write(i.send); err != nil {
				return
			}
		}
	}
}

// await waits for what is required.
func (s *session) await(w *want, d time.Duration) {
	if w.waits() {
		d = quiet
	}
	id := uint32(w.number("stream", 1))
	s.wait(d, func() bool {
		if slices.ContainsFunc(w.status, func(t string) bool { return strings.HasPrefix(t, "goaway") }) && s.goaway != "" && s.goaway != "NO_ERROR" {
			return true
		}
		return s.over(id) && !strings.HasPrefix(w.status[0], "goaway")
	})
}

// got is what became of a stream, in the words of the corpus.
func (s *session) got(id uint32) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	if s.goaway != "" && s.goaway != "NO_ERROR" {
		out = append(out, "goaway", "goaway:"+s.goaway)
	}
	st := s.streams[id]
	switch {
	case st == nil || st.status == "" && st.reset == "":
		if len(out) == 0 && !s.closed {
			out = append(out, "wait")
		}
		if s.closed {
			out = append(out, "none")
		}
	case st.reset != "" && (!st.ended || st.status == ""):
		out = append(out, "reset", "reset:"+st.reset)
		if st.status != "" {
			out = append(out, st.status)
		}
	default:
		out = append(out, st.status)
	}
	return out
}

// followHTTP2 asks once more on a connection that must have survived.
func (f *front) followHTTP2(o *outcome, s *session, wants []*want) {
	s.mu.Lock()
	dead := s.closed || s.goaway != "" && s.goaway != "NO_ERROR"
	id := uint32(1)
	for k := range s.streams { // order does not matter
		id = max(id, k|1)
	}
	s.mu.Unlock()
	if dead || slices.ContainsFunc(wants, func(w *want) bool { return w.has("rest") || strings.HasPrefix(w.status[0], "goaway") }) {
		return
	}
	id += 2000 // above whatever the case has opened
	target := fmt.Sprintf("/canary-%d", canaries.Add(1))
	fr := newFramer()
	// The table may be in any state: literals without indexing.
	block := "\x00\x07:method\x03GET\x00\x07:scheme\x05https\x00\x0a:authority\x09a.example\x00\x05:path" + string(rune(len(target))) + target
	fr.add(frameHeaders, flagEnd|flagEndHeaders, id, []byte(block))
	_ = s.conn.SetDeadline(time.Now().Add(f.patience()))
	if _, err := s.conn.Write(fr.out.Bytes()); err != nil {
		o.miss("the connection did not survive: %v", err)
		return
	}
	answered := s.wait(f.patience(), func() bool { return s.over(id) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if !answered {
		o.miss("the next request on the connection got no answer; goaway %q, closed %v", s.goaway, s.closed)
		return
	}
	if st := s.streams[id]; st.status != "200" || string(st.body) != "GET "+target {
		o.miss("the next request on the connection got another answer: %s %.80q, reset %s", st.status, st.body, st.reset)
	}
}

// judgeFrames compares what became of streams with what is required.
func (f *front) judgeFrames(o *outcome, wants []*want) []string {
	var out []string
	miss := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, m := range o.misses {
		if m != reused {
			out = append(out, m)
		}
	}
	sees, alternatives := 0, false
	for _, w := range wants {
		id := uint32(w.number("stream", 1))
		if o.session == nil {
			continue
		}
		got := o.session.got(id)
		if !f.fits(w, got) {
			miss("stream %d: %v, not %v", id, got, w.status)
		}
		if slices.Contains(got, "200") {
			sees += w.number("sees", 1)
		} else {
			sees += w.number("sees", 0)
		}
		alternatives = alternatives || w.has("partial")
		o.session.mu.Lock()
		if st := o.session.streams[id]; st != nil {
			for _, x := range w.words {
				if x.key == "says" && string(st.body) != x.value {
					miss("the answer's body is %.80q", st.body)
				}
			}
		}
		o.session.mu.Unlock()
	}
	whole := 0
	for _, q := range o.requests {
		for _, m := range q.Wrong {
			miss("the target minds: %s", m)
		}
		if strings.Contains(q.Target, "smuggled") {
			miss("a hidden request arrived: %s %s", q.Method, q.Target)
		}
		switch {
		case q.Complete && (q.Target != "/abandoned"):
			if whole++; whole == 1 {
				judgeRequest(q, wants[0], f.peer, miss)
			}
		case q.Complete, alternatives, f.peer:
		default:
			miss("a request broke off at the target: %s %s", q.Method, q.Target)
		}
	}
	if whole != sees {
		miss("the target saw %d whole requests, not %d", whole, sees)
	}
	return out
}

func (f *front) fits(w *want, got []string) bool {
	for _, g := range got {
		if slices.Contains(w.status, g) {
			return true
		}
		if !f.peer {
			continue
		}
		// A peer may refuse in any way.
		refused := strings.HasPrefix(g, "reset") || strings.HasPrefix(g, "goaway") || g == "none" || g[0] == '4' || g[0] == '5'
		for _, s := range w.status {
			if n, err := strconv.Atoi(s); refused && (err != nil || n >= 400) {
				return true
			}
		}
	}
	return false
}

// runFrames fires a case of HTTP/2 and returns what is wrong.
func (f *front) runFrames(c *hostileCase) (misses []string, ran bool) {
	groups := c.groups(f)
	if len(groups) == 0 {
		return nil, false
	}
	for try := range 2 {
		o := f.fireFrames(c, groups[0])
		f.others(o, nil)
		misses = nil
		for i, g := range groups {
			m := f.judgeFrames(o, g)
			if i == 0 || len(m) < len(misses) {
				misses = m
			}
		}
		if len(misses) == 0 {
			return nil, true
		}
		for _, w := range groups[0] {
			misses = append(misses, "required: "+w.text)
		}
		for _, q := range o.requests {
			misses = append(misses, fmt.Sprintf("target saw: %s %.80q complete=%v body %.60q, fields %.200q", q.Method, q.Target, q.Complete, q.Body, q.Fields))
		}
		if try == 0 {
			f.target.Take(quiet)
		}
	}
	return misses, true
}

// groups are the sets of lines that hold together: one for ours, any dialect's for peers.
func (c *hostileCase) groups(f *front) [][]*want {
	if !f.peer {
		if w := c.wantsFor(f.who...); len(w) > 0 {
			return [][]*want{w}
		}
		return nil
	}
	var out [][]*want
	var seen []string
	for i := range c.wants {
		key := strings.Join(c.wants[i].who, ",")
		n := slices.Index(seen, key)
		if n < 0 {
			seen, out, n = append(seen, key), append(out, nil), len(out)
		}
		out[n] = append(out[n], &c.wants[i])
	}
	return out
}
