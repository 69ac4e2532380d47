package forward

import (
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// end is one end of a tunnel.
type end struct {
	w *wire.Wire
	// conn is what carries the bytes: the TCP connection itself when it is plain, so that the kernel can splice.
	conn net.Conn
}

// tunnel writes the 101 and lets both sides talk until they are done, or quiet for too long.
func (j *job) tunnel() {
	s, ok := j.s.(Switcher)
	if !ok {
		j.tunnelStream(j.s.(Tunneler))
		return
	}
	early := j.in.Bytes()
	err := s.Head(j.x)
	if err == nil {
		err = s.Flush()
	}
	if err != nil {
		j.lost = err
		j.breakOff(err)
		return
	}
	s.Attach(nil)
	j.up.ReadWithin(0)
	w, conn, sent := s.Detach()
	j.head = nil // it has been sent, and a tunnel may last for days
	var in, out int64
	if w.Port() != nil && j.up.Port() != nil {
		in, out = j.meet(end{w: w, conn: w}, end{w: j.up, conn: j.up}, sent, early)
	} else {
		in, out = splice(end{w: w, conn: conn}, end{w: j.up, conn: j.up.Conn()}, sent, early, j.answer)
	}
	j.x.Log.BytesIn += in
	j.x.Log.BytesOut += out
	j.x.Log.BodyBytesOut += out
	j.logAttempt()
	j.x.Log.Attempts[len(j.x.Log.Attempts)-1].Bytes = out
	c := j.conn
	j.conn, j.up = nil, nil
	_ = c.Close() // the tunnel is over
}

// splice moves bytes both ways and returns how many went in (to the target) and out. An end of input on one side ends
// the output on the other and no more; the tunnel is over when both are done, when one fails, or when nothing moved
// for idle.
func splice(client, target end, toTarget, toClient []byte, idle time.Duration) (in, out int64) {
	var activity atomic.Int64
	move := func(to, from end) (int64, error) { return relay.Copy(to.w.TCP(), from.w.TCP()) }
	if client.plain() && target.plain() && wire.KnowsQuiet {
		client.w.QuietWithin(idle, target.w, nil)
	} else {
		move = func(to, from end) (int64, error) { return copyWatched(to.conn, from.conn, from.w.Clock(), &activity) }
		activity.Store(int64(client.w.Clock().Since()))
		client.w.QuietWithin(idle, target.w, &activity)
	}
	up := make(chan int64, 1)
	go func() {
		up <- pass(target, client, toTarget, move)
	}()
	out = pass(client, target, toClient, move)
	in = <-up
	client.w.QuietWithin(0, nil, nil)
	return in, out
}

// meet is splice for two ends that live on one event loop, with a task for each direction.
func (j *job) meet(client, target end, toTarget, toClient []byte) (in, out int64) {
	idle := j.answer
	client.w.ReadWithin(idle)
	target.w.ReadWithin(idle)
	move := func(to, from end) (int64, error) { return relay.CopyPorts(to.w.Port(), from.w.Port(), idle) }
	wait := j.spawn(func() {
		over := false
		defer func() {
			if !over { // a panic, which the loop tells of: the other direction must not wait for ever
				client.w.Cancel()
				target.w.Cancel()
			}
		}()
		in = pass(target, client, toTarget, move)
		over = true
	})
	out = pass(client, target, toClient, move)
	wait()
	return in, out
}

func (e end) plain() bool { return e.w.TCP() != nil && e.conn == net.Conn(e.w.TCP()) }

// pass moves bytes from one end to the other until the input ends. After a failure both ends are cut, since the other
// direction cannot go on alone.
func pass(to, from end, early []byte, move func(to, from end) (int64, error)) (n int64) {
	var err error
	if len(early) > 0 {
		var m int
		m, err = to.conn.Write(early)
		n = int64(m)
	}
	if err == nil {
		var m int64
		m, err = move(to, from)
		n += m
	}
	if err != nil {
		to.w.Cancel()
		from.w.Cancel()
		return n
	}
	if c, ok := to.conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite() // the peer has gone or will see the end another way
	} else {
		to.w.Cancel()
	}
	return n
}

// copyWatched copies and notes when something moved.
func copyWatched(to, from net.Conn, clock *wire.Clock, activity *atomic.Int64) (n int64, err error) {
	space := pieces.Get().(*[]byte)
	defer pieces.Put(space)
	for {
		m, err := from.Read(*space)
		if m > 0 {
			activity.Store(int64(clock.Since()))
			w, werr := to.Write((*space)[:m])
			n += int64(w)
			if werr != nil {
				return n, werr
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
