package listen

import (
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// Sizes of the buffers that a busy connection holds.
const (
	readSpace  = 16 << 10
	writeSpace = 32 << 10
	// bulkSpace is what a long body is moved with.
	bulkSpace = 256 << 10
	// bulkFrom is from which remaining length on that pays.
	bulkFrom = 128 << 10
)

// work is what a connection needs while it is busy with a request, and gives back when it waits for the next one.
type work struct {
	x     exchange.Exchange
	space []byte
	buf   http1.Buffer
	// pieces says that the head under way did not come in one read.
	pieces bool
	body   http1.Body
	input  input
	out    output
}

func newWork() *work {
	return &work{space: make([]byte, readSpace)}
}

// takeWork gives the connection what it needs to read and answer a request.
func (c *conn) takeWork() {
	if c.work != nil {
		return
	}
	w := c.set.works.Get().(*work)
	w.buf.Reset(c, w.space)
	w.x.Conn = &c.info
	w.out.conn = c
	w.input = input{conn: c}
	c.work = w
}

// giveWork gives it back. The connection must have no unread bytes.
func (c *conn) giveWork() {
	w := c.work
	if w == nil {
		return
	}
	c.work = nil
	w.x.Reset()
	w.x.Conn = nil
	w.buf.Reset(nil, nil)
	w.out.conn = nil
	w.out.bulkBack()
	w.input = input{}
	c.set.works.Put(w)
}
