package h2

import "golang.org/x/net/http2"

// maxParting bounds the streams that wait to be told; with more of them each is told at once.
const maxParting = 256

// parting are streams whose response has ended while the client still sends. They are told that nobody wants the rest of their
// body (RFC 9113 section 8.1) one to two Ticks later: clients that find the end of the response and the reset in one read, such
// as curl 7.88, drop the response.
type parting struct {
	fresh, due []uint32
}

// part tells a client, soon, that it need not send the rest of its body. The lock is held.
func (c *conn) part(id uint32) {
	if len(c.parting.fresh)+len(c.parting.due) >= maxParting {
		c.out.Reset(id, http2.ErrCodeNo)
		return
	}
	c.parting.fresh = append(c.parting.fresh, id)
}

// parted takes a stream out whose client has come to its end. The lock is held.
func (c *conn) parted(id uint32) {
	p := &c.parting
	for _, list := range []*[]uint32{&p.fresh, &p.due} {
		for i, other := range *list {
			if other == id {
				*list = append((*list)[:i], (*list)[i+1:]...)
				return
			}
		}
	}
}

// tell tells those whose time has come. The lock is held.
func (c *conn) tell() {
	p := &c.parting
	if len(p.fresh)+len(p.due) == 0 {
		return
	}
	for _, id := range p.due {
		c.out.Reset(id, http2.ErrCodeNo)
	}
	p.due, p.fresh = p.fresh, p.due[:0]
	if len(p.fresh)+len(p.due) == 0 {
		*p = parting{} // an idle connection holds nothing
	}
	c.flush()
}
