package h2

// skipped remembers which streams a client passed over when it opened higher ones: they are closed from then on, and
// opening one is an unexpected stream identifier (RFC 9113 section 5.1.1). Clients count up without gaps, so the last
// few gaps are enough; what falls out is treated like a stream that was opened and has ended.
type skipped struct {
	// gaps hold the opened streams around each gap: those between below and above were passed over.
	gaps [8]struct{ below, above uint32 }
	// next is the place of the next gap.
	next int
}

// note takes in that a stream is opened after the highest one so far, which is 0 at first.
func (s *skipped) note(last, opened uint32) {
	if opened <= last+2 && (last != 0 || opened == 1) {
		return
	}
	s.gaps[s.next].below, s.gaps[s.next].above = last, opened
	s.next = (s.next + 1) % len(s.gaps)
}

// has says whether the stream was passed over.
func (s *skipped) has(id uint32) bool {
	for _, g := range s.gaps {
		if g.below < id && id < g.above {
			return true
		}
	}
	return false
}

// reach makes a stream the highest one. The lock is held.
func (c *conn) reach(id uint32) {
	c.skipped.note(c.last, id)
	c.last = id
}
