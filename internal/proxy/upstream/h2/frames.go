package h2

import (
	"errors"
	"time"

	"golang.org/x/net/http2"

	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// read reads frames until the end. The error says why: *codec.ConnError for what the target did wrong.
func (c *Conn) read() error {
	for first := true; ; first = false {
		header, err := c.framer.ReadFrameHeader()
		if err != nil {
			return codec.ReadError(err)
		}
		if first && (header.Type != http2.FrameSettings || header.Flags.Has(http2.FlagSettingsAck)) {
			return codec.Protocol("no SETTINGS at the beginning")
		}
		useful := 0
		if header.Type == http2.FrameData || header.Type == http2.FrameHeaders || header.Type == http2.FrameContinuation {
			useful = int(header.Length)
		}
		c.mu.Lock()
		c.heard, c.pinged = c.k.now(), 0
		fine := c.budget.Bytes(codec.FrameHeader+int(header.Length), useful)
		c.mu.Unlock()
		if !fine {
			return codec.Flood("hardly any useful bytes")
		}
		frame, err := c.framer.ReadFrameForHeader(header)
		if err == nil {
			err = c.take(frame)
		} else {
			err = c.invalid(header, err)
		}
		if err != nil {
			return err
		}
	}
}

// invalid judges a frame that could not be parsed. What belongs to a header block ends the connection, since the block
// is lost for the table that it would have changed.
func (c *Conn) invalid(header http2.FrameHeader, err error) error {
	var stream http2.StreamError
	if !errors.As(err, &stream) {
		return codec.ReadError(err)
	}
	if header.Type == http2.FrameHeaders || header.Type == http2.FrameContinuation {
		return codec.Protocol("invalid header frame")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.breakLocked(stream.StreamID, stream.Code, &ResetError{stream.Code})
}

// take handles one frame.
func (c *Conn) take(frame http2.Frame) error {
	switch f := frame.(type) {
	case *http2.DataFrame:
		return c.takeData(f)
	case *http2.HeadersFrame:
		return c.takeHeaders(f)
	case *http2.ContinuationFrame:
		return c.takeContinuation(f)
	case *http2.RSTStreamFrame:
		return c.takeReset(f)
	case *http2.WindowUpdateFrame:
		return c.takeWindow(f)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.budget.Control(c.heard) {
		return codec.Flood("too many control frames")
	}
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		return c.takeSettings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			c.out.Ping(true, f.Data)
			c.flush()
		}
	case *http2.GoAwayFrame:
		c.takeGoAway(f)
	case *http2.PushPromiseFrame:
		return codec.Protocol("PUSH_PROMISE although it was switched off")
	}
	return nil // PRIORITY has no meaning any more, unknown ones are to be ignored
}

// takeSettings has the lock.
func (c *Conn) takeSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	err := f.ForeachSetting(func(s http2.Setting) error {
		if err := s.Valid(); err != nil {
			return codec.ReadError(err)
		}
		switch s.ID {
		case http2.SettingMaxConcurrentStreams:
			c.allowed = int(min(s.Val, 1<<20))
		case http2.SettingInitialWindowSize:
			change := int64(s.Val) - c.initial
			c.initial = int64(s.Val)
			for _, st := range c.streams { // all change alike
				if !st.window.Grow(change) {
					return codec.Flow("a stream's window overflows")
				}
			}
		case http2.SettingEnablePush:
			if s.Val != 0 {
				return codec.Protocol("a server cannot be pushed to")
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !c.settled {
		c.settled = true
	}
	c.out.SettingsAck()
	c.pumpAll()
	c.writable.Broadcast()
	c.flush()
	return nil
}

func (c *Conn) takeWindow(f *http2.WindowUpdateFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.StreamID == 0 {
		if !c.window.Grow(int64(f.Increment)) {
			return codec.Flow("the connection's window overflows")
		}
	} else if st := c.streams[f.StreamID]; st != nil {
		if !st.window.Grow(int64(f.Increment)) {
			return c.breakLocked(f.StreamID, http2.ErrCodeFlowControl, &ResetError{http2.ErrCodeFlowControl})
		}
	} else if c.unopened(f.StreamID) {
		return codec.Protocol("WINDOW_UPDATE for a stream that was not opened")
	} else if !c.budget.Control(c.heard) {
		return codec.Flood("too many frames for closed streams")
	}
	c.pumpAll()
	if c.waiting > 0 {
		c.writable.Broadcast()
	}
	return nil
}

// unopened says whether a stream is none of those that were opened here. The lock is held.
func (c *Conn) unopened(id uint32) bool { return id >= c.next || id%2 == 0 }

// charge takes a frame that was of no use off the budget. The lock is held.
func (c *Conn) charge() error {
	if !c.budget.Control(c.heard) {
		return codec.Flood("too many frames for closed streams")
	}
	return nil
}

func (c *Conn) takeReset(f *http2.RSTStreamFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.streams[f.StreamID]
	switch {
	case st != nil && st.ended && f.ErrCode == http2.ErrCodeNo:
		// The answer is complete, and the rest of the request not wanted (RFC 9113 section 8.1).
		st.stopped, st.closed = true, true
		c.writable.Broadcast()
	case st != nil:
		st.closed = true
		if f.ErrCode == http2.ErrCodeRefusedStream && !st.headed {
			st.fail(ErrUnprocessed)
		} else {
			st.fail(&ResetError{f.ErrCode})
		}
	case c.unopened(f.StreamID):
		return codec.Protocol("RST_STREAM for a stream that was not opened")
	default:
		return c.charge()
	}
	return nil
}

// takeGoAway has the lock. Streams that the target will not serve may be sent elsewhere.
func (c *Conn) takeGoAway(f *http2.GoAwayFrame) {
	c.leaving = true
	for id, st := range c.streams { // each by itself
		if id > f.LastStreamID {
			st.closed = true
			st.fail(ErrUnprocessed)
		}
	}
	c.rest()
}

// breakLocked ends a stream for a mistake of the target. The lock is held.
func (c *Conn) breakLocked(id uint32, code http2.ErrCode, why error) error {
	if c.unopened(id) {
		return codec.Protocol("a frame for a stream that was not opened")
	}
	if st := c.streams[id]; st != nil {
		st.reset(code)
		st.fail(why)
		return nil
	}
	return c.charge()
}

// ping asks for a sign of life. The lock is held.
func (c *Conn) ping(now time.Duration) {
	c.pinged = now
	c.out.Ping(false, [8]byte([]byte("gwanmun!")))
	c.flush()
}
