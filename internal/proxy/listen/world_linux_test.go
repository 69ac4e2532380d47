package listen

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/loop"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// trouble is how bad a world's kernel and network are; the zero value is a perfect one. Everything that happens follows
// from the seed.
type trouble struct {
	seed uint64
	// short is how often in 100 a call moves less than it could, again how often it moves nothing, late how often an
	// event is reported later, twice how often it is reported twice, stale how often one of a closed socket comes too.
	short, again, late, twice, stale int
	// window is what a peer takes before our writes find no room; 0 is plenty.
	window int
	// resetAt breaks a connection off at that step of the world; lose is how often in 1000 an event never comes.
	resetAt, lose int
	// adjust changes browsers before they begin.
	adjust func(*browser)
	// refuse is how many connections to targets are refused.
	refuse int
}

// world is a loop.System on which nothing is left to chance: sockets, their peers and time itself.
type world struct {
	trouble
	random *rand.Rand
	loop   *loop.Loop
	ends   map[int]*end
	order  []int // of descriptors, so that nothing depends on a map
	now    time.Duration
	ticker wire.Ticker
	// bubble says that time is that of package synctest, which everything else around the loop has then too.
	bubble bool
	began  time.Time
	// closed are tokens of sockets that were closed.
	closed []uint64
	woken  chan struct{}
	// target makes the peer of a connection to a target; done says that nobody will do anything any more.
	target func(*end) peer
	done   func() bool
	over   bool
	steps  int
	calls  struct{ reads, writes, again, spliced int }
	faults []string
}

// end is our side of a connection.
type end struct {
	w       *world
	fd      int
	token   uint64
	watched bool
	// in has arrived; ended and broken say what comes behind it.
	in            []byte
	ended, broken bool
	// out was written and not yet taken by the peer.
	out       []byte
	outEnded  bool
	pending   loop.Happening
	wantsRoom bool
	peer      peer
	refused   bool
}

// peer is the other side. step does one thing, at most, and says whether it did.
type peer interface {
	step(w *world, e *end) bool
	// gone tells it that our side was closed, or reset.
	gone(reset bool)
}

func newWorld(t trouble) *world {
	return &world{
		trouble: t, random: rand.New(rand.NewPCG(t.seed, 1)), ends: map[int]*end{}, woken: make(chan struct{}, 1),
		now: time.Second,
	}
}

// chance is true so many times in 100.
func (w *world) chance(percent int) bool { return percent > 0 && w.random.IntN(100) < percent }

// some is a part of n, at least 1.
func (w *world) some(n int) int {
	if n > 1 && w.chance(w.short) {
		return 1 + w.random.IntN(n)
	}
	return n
}

// open makes a socket with the lowest free number, as kernels do: numbers come back at once.
func (w *world) open(p peer) *end {
	fd := 3
	for w.ends[fd] != nil {
		fd++
	}
	e := &end{w: w, fd: fd, peer: p}
	w.ends[fd] = e
	w.order = append(w.order, fd)
	return e
}

func (w *world) get(fd int, call string) *end {
	e := w.ends[fd]
	if e == nil {
		panic(fmt.Sprintf("%s on descriptor %d, which is closed", call, fd))
	}
	return e
}

func (w *world) drop(fd int) *end {
	e := w.get(fd, "close")
	delete(w.ends, fd)
	for i, n := range w.order {
		if n == fd {
			w.order = append(w.order[:i:i], w.order[i+1:]...)
			break
		}
	}
	if e.watched {
		w.closed = append(w.closed, e.token)
	}
	return e
}

func (w *world) Watch(fd int, token uint64) error {
	e := w.get(fd, "watch")
	if e.watched {
		w.faults = append(w.faults, "a socket was watched twice")
	}
	e.watched, e.token = true, token
	if e.peer != nil {
		e.pending |= loop.Writable
	}
	if len(e.in) > 0 {
		e.pending |= loop.Readable
	}
	return nil
}

func (w *world) Unwatch(fd int) error {
	e := w.get(fd, "unwatch")
	if !e.watched {
		return errors.New("not watched")
	}
	e.watched = false
	w.closed = append(w.closed, e.token)
	return nil
}

func (w *world) Wait(events []loop.Event) int {
	w.act() // the world does not wait for us
	n := 0
	put := func(e loop.Event) {
		if n < len(events) {
			events[n] = e
			n++
		}
	}
	if len(w.closed) > 0 && w.chance(w.stale) {
		put(loop.Event{Token: w.closed[w.random.IntN(len(w.closed))], What: loop.Readable | loop.Writable | loop.Ended})
	}
	list := append([]int(nil), w.order...)
	w.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, fd := range list {
		e := w.ends[fd]
		if e.pending == 0 || !e.watched || w.chance(w.late) {
			continue
		}
		what := e.pending
		e.pending = 0
		if w.lose > 0 && w.random.IntN(1000) < w.lose {
			continue
		}
		put(loop.Event{Token: e.token, What: what})
		if w.chance(w.twice) {
			put(loop.Event{Token: e.token, What: what})
		}
	}
	return n
}

// act has one peer do something, or breaks a connection off.
func (w *world) act() bool {
	w.steps++
	if w.resetAt > 0 && w.steps == w.resetAt && len(w.order) > 0 {
		w.ends[w.order[w.random.IntN(len(w.order))]].breakOff()
		return true
	}
	if len(w.order) == 0 {
		return false
	}
	from := w.random.IntN(len(w.order))
	for i := range w.order {
		e := w.ends[w.order[(from+i)%len(w.order)]]
		if e.peer != nil && e.peer.step(w, e) {
			return true
		}
	}
	return false
}

// Park is where the world goes on: its peers act, and when they have nothing to do time passes.
func (w *world) Park() error {
	for quiet := 0; ; {
		select {
		case <-w.woken:
			return nil
		default:
		}
		if w.over {
			time.Sleep(20 * time.Microsecond) // until the loop has been told to stop
			continue
		}
		for _, fd := range w.order {
			if e := w.ends[fd]; e.pending != 0 && e.watched {
				return nil
			}
		}
		if w.act() {
			quiet = 0
			continue
		}
		if w.done() {
			w.over = true
			go w.loop.Stop()
			continue
		}
		if quiet++; quiet > 4000 || w.bubble && w.now > 10*time.Minute {
			w.faults = append(w.faults, "the world stands still")
			w.over = true
			go w.loop.Stop()
			continue
		}
		if w.bubble {
			if w.doze() {
				return nil
			}
			continue
		}
		w.pass(250 * time.Millisecond)
	}
}

// doze lets time pass until the loop is woken or its peers may have something to do.
func (w *world) doze() (woken bool) {
	select {
	case <-w.woken:
		woken = true
	case <-time.After(100 * time.Millisecond):
	}
	w.now = time.Since(w.began)
	return woken
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.now += d
	if w.ticker != nil {
		w.ticker.Tick(w.now)
	}
}

func (w *world) Wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

func (w *world) Read(fd int, b []byte) (int, syscall.Errno) {
	w.calls.reads++
	e := w.get(fd, "read")
	switch {
	case e.broken:
		return 0, syscall.ECONNRESET
	case len(e.in) > 0 && w.chance(w.again):
		e.pending |= loop.Readable // it had not quite arrived
		w.calls.again++
		return 0, syscall.EAGAIN
	case len(e.in) > 0:
		n := copy(b, e.in[:w.some(min(len(e.in), len(b)))])
		if e.in = e.in[n:]; n < len(b) && len(e.in) > 0 {
			e.pending |= loop.Readable // what comes later
		}
		return n, 0
	case e.ended:
		return 0, 0
	}
	w.calls.again++
	return 0, syscall.EAGAIN
}

func (w *world) Write(fd int, a, b []byte) (int, syscall.Errno) {
	w.calls.writes++
	e := w.get(fd, "write")
	room := len(a) + len(b)
	if w.window > 0 {
		room = min(room, w.window-len(e.out))
	}
	switch {
	case e.broken:
		return 0, syscall.EPIPE
	case e.outEnded:
		w.faults = append(w.faults, "written after our side was ended")
	case room <= 0 || w.chance(w.again):
		e.wantsRoom = true
		if room > 0 || len(e.out) == 0 {
			e.pending |= loop.Writable
		}
		w.calls.again++
		return 0, syscall.EAGAIN
	}
	n := w.some(room)
	first := min(n, len(a))
	e.out = append(append(e.out, a[:first]...), b[:n-first]...)
	if n < len(a)+len(b) {
		e.wantsRoom = true
		if w.window == 0 || len(e.out) < w.window {
			e.pending |= loop.Writable
		}
	}
	return n, 0
}

// SpliceIn and SpliceOut are Read and Write by way of a pipe, which is a real one.
func (w *world) SpliceIn(fd, pipe, n int) (int, syscall.Errno) {
	b := make([]byte, min(n, 4096))
	n, errno := w.Read(fd, b)
	if errno != 0 || n == 0 {
		return 0, errno
	}
	w.calls.spliced += n
	if put, err := syscall.Write(pipe, b[:n]); put != n || err != nil {
		w.faults = append(w.faults, fmt.Sprintf("a pipe took %d of %d bytes: %v", put, n, err))
	}
	e := w.ends[fd]
	if len(e.in) > 0 {
		e.pending |= loop.Readable
	}
	return n, 0
}

func (w *world) SpliceOut(fd, pipe, n int) (int, syscall.Errno) {
	e := w.get(fd, "splice")
	room := n
	if w.window > 0 {
		room = min(room, w.window-len(e.out))
	}
	if room <= 0 || e.broken {
		return w.Write(fd, make([]byte, n), nil)
	}
	b := make([]byte, w.some(room))
	got, err := syscall.Read(pipe, b)
	if err != nil || got == 0 {
		w.faults = append(w.faults, fmt.Sprintf("a pipe gave %d bytes: %v", got, err))
		return 0, syscall.EIO
	}
	e.out = append(e.out, b[:got]...)
	w.calls.spliced += got
	if got < n {
		e.wantsRoom = true
		if w.window == 0 || len(e.out) < w.window {
			e.pending |= loop.Writable
		}
	}
	return got, 0
}

// take gives the peer a part of what we wrote.
func (e *end) take() []byte {
	n := e.w.some(len(e.out))
	b := e.out[:n:n]
	e.out = e.out[n:]
	if n > 0 && e.wantsRoom {
		e.wantsRoom = false
		e.pending |= loop.Writable
	}
	return b
}

// give sends us a part of b and returns the rest.
func (e *end) give(b []byte) []byte {
	n := e.w.some(len(b))
	e.in = append(e.in, b[:n]...)
	e.pending |= loop.Readable
	return b[n:]
}

// finish ends the peer's side.
func (e *end) finish() {
	e.ended = true
	e.pending |= loop.Readable | loop.Ended
}

// breakOff resets the connection.
func (e *end) breakOff() {
	e.broken, e.ended, e.in, e.out = true, true, nil, nil
	e.pending |= loop.Readable | loop.Writable | loop.Ended
	if e.peer != nil {
		e.peer.gone(true)
		e.peer = nil
	}
}

func (w *world) Connect(netip.AddrPort) (int, error) {
	e := w.open(nil)
	if w.refuse > 0 {
		w.refuse--
		e.refused = true
	} else {
		e.peer = w.target(e)
	}
	e.pending |= loop.Writable
	return e.fd, nil
}

func (w *world) Connected(fd int) syscall.Errno {
	if w.get(fd, "getsockopt").refused {
		return syscall.ECONNREFUSED
	}
	return 0
}

func (w *world) CloseWrite(fd int) syscall.Errno {
	w.get(fd, "shutdown").outEnded = true
	return 0
}

func (w *world) Close(fd int, reset bool) {
	e := w.drop(fd)
	if e.peer == nil {
		return
	}
	// What we wrote still arrives, unless we reset, or did not read what had arrived.
	if !reset && len(e.in) == 0 {
		for len(e.out) > 0 {
			if !e.peer.step(w, e) {
				break
			}
		}
	}
	e.peer.gone(reset || len(e.in) > 0)
}

func (w *world) Release(int) (net.Conn, error) { return nil, errors.New("nothing leaves this world") }
func (w *world) Take(net.Conn) (int, bool)     { return -1, false }
func (w *world) Shut()                         {}

// The world's clock.

func (w *world) Join(t wire.Ticker)    { w.ticker = t }
func (w *world) Leave(wire.Ticker)     { w.ticker = nil }
func (w *world) Coarse() time.Duration { return w.now }
