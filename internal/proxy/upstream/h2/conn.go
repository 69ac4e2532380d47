package h2

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

const (
	// maxFrame is the largest frame that is read and written; there is no gain in larger ones.
	maxFrame = 16 << 10
	// MaxHead bounds the header block of an answer, on the wire and in the measure of HTTP/1.1; what uses a stream
	// may be stricter.
	MaxHead = 128 << 10
	// readSpace is the buffer of what is read: many small frames come with one read.
	readSpace = 16 << 10
	// trailerLimit bounds trailers in the same measure.
	trailerLimit = 8 << 10
	// assumedStreams is how many streams a target is taken to allow before it has said how many (RFC 9113 section
	// 6.5.2 has no limit then).
	assumedStreams = 100
)

// Conn is one connection to a target. All methods may be called from any goroutine.
type Conn struct {
	k      *Keeper
	socket *socket
	ended  func()
	born   time.Duration

	// The reading goroutine alone uses these.
	framer *http2.Framer
	hpack  *hpack.Decoder
	answer codec.Answer
	block  block

	mu sync.Mutex
	// writable is signalled when there is more room to send: in the buffer, in a window, or because it is all over.
	writable sync.Cond
	waiting  int
	out      codec.Output
	wake     chan struct{}
	quit     chan struct{}
	written  chan struct{}

	budget  codec.Budget
	streams map[uint32]*Stream
	// pumping counts streams with payload that is not sent yet.
	pumping int
	// reserved counts streams that were promised and not opened yet; next is the next one's number.
	reserved int
	next     uint32
	requests int64
	// What the target has said: how many streams, how much of each, and how much of all.
	allowed int
	initial int64
	window  codec.Window
	receive codec.Receiver
	settled bool // its SETTINGS have come
	// leaving says that no more streams are opened here; the connection ends with the last one.
	leaving   bool
	idleSince time.Duration
	// heard is when the last frame came, pinged when it was asked for a sign of life, 0 when it was not.
	heard, pinged time.Duration
	// dead says why nothing can be sent or received any more.
	dead error
}

// Open begins with a connected socket: it sends what has to come first and starts to read. ended is called once, from
// another goroutine, when the connection is over; the socket is closed by then.
func (k *Keeper) Open(conn net.Conn, ended func()) *Conn {
	now := k.now()
	c := &Conn{
		k: k, socket: newSocket(conn), ended: ended, born: now, idleSince: now, heard: now, streams: map[uint32]*Stream{}, next: 1,
		allowed: assumedStreams, initial: 65535, window: 65535, receive: codec.NewReceiver(connectionWindow),
		out: codec.Output{Buffers: &k.buffers}, wake: make(chan struct{}, 1), quit: make(chan struct{}), written: make(chan struct{}),
	}
	c.writable.L = &c.mu
	c.framer = http2.NewFramer(nil, bufio.NewReaderSize(c.socket, readSpace))
	c.framer.SetMaxReadFrameSize(maxFrame)
	c.framer.SetReuseFrames()
	c.hpack = hpack.NewDecoder(4096, func(f hpack.HeaderField) { c.answer.Field(f.Name, f.Value) })
	c.hpack.SetMaxStringLength(MaxHead)
	c.out.Preface()
	c.out.Settings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: streamWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: MaxHead},
	)
	c.out.WindowUpdate(0, connectionWindow-65535)
	k.enter(c)
	go c.write()
	go c.run()
	c.mu.Lock()
	c.flush()
	c.mu.Unlock()
	return c
}

// Reserve promises a stream: Open will not fail for want of room. It is false when the connection has none, or takes no
// more streams.
func (c *Conn) Reserve() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := &c.k.options
	switch {
	case c.dead != nil, c.leaving, c.next > math.MaxInt32-2, c.requests >= o.MaxRequests:
		return false
	case len(c.streams)+c.reserved >= min(c.allowed, o.MaxStreams):
		return false
	}
	if c.k.now()-c.born >= o.MaxAge {
		c.leaving = true
		return false
	}
	c.reserved++
	c.requests++
	return true
}

// Usable says whether the connection may ever take streams again.
func (c *Conn) Usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead == nil && !c.leaving && c.requests < c.k.options.MaxRequests && (!c.settled || c.allowed > 0)
}

// Retire lets streams that run come to their end and takes no more.
func (c *Conn) Retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = true
	c.rest()
}

// Streams counts the streams that are open.
func (c *Conn) Streams() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.streams) + c.reserved
}

// rest ends a connection that takes no more streams once the last has ended. The lock is held.
func (c *Conn) rest() {
	if len(c.streams) > 0 || c.reserved > 0 {
		return
	}
	c.idleSince = c.k.now()
	if c.leaving || c.requests >= c.k.options.MaxRequests {
		c.quitLocked()
	}
}

var errOver = errors.New("the connection is not needed any more")

// quitLocked ends the connection in good order. The lock is held.
func (c *Conn) quitLocked() {
	if c.dead != nil {
		return
	}
	c.out.GoAway(0, http2.ErrCodeNo)
	c.failLocked(errOver)
	c.hangUp()
}

// hangUp ends the reading, and that everything else.
func (c *Conn) hangUp() { _ = c.socket.SetReadDeadline(time.Unix(1, 0)) } // if it cannot be set the socket is closed

// failLocked makes everything that waits on the connection end. The lock is held.
func (c *Conn) failLocked(err error) {
	if c.dead == nil {
		c.dead = err
	}
	for _, st := range c.streams { // all are told
		st.fail(c.dead)
	}
	c.writable.Broadcast()
}

// run reads until the end.
func (c *Conn) run() {
	err := c.read()
	c.mu.Lock()
	var mistake *codec.ConnError
	if errors.As(err, &mistake) && c.dead == nil {
		c.out.GoAway(0, mistake.Code)
		c.failLocked(fmt.Errorf("target broke HTTP/2: %w", mistake))
	} else {
		c.failLocked(ErrClosed)
	}
	c.mu.Unlock()
	close(c.quit)
	<-c.written
	_ = c.socket.Close() // nothing depends on it any more
	c.k.leave(c)
	if c.ended != nil {
		c.ended()
	}
}
