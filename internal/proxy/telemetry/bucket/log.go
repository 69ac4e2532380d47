package bucket

import (
	"bytes"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Log takes the lines of one stream. All methods may be called from any goroutine.
type Log struct {
	store   *Store
	stream  Stream
	dropped atomic.Uint64

	mu     sync.Mutex
	parts  []*part
	closed bool
}

// part are the lines that belong into one file: those of one node in one period.
type part struct {
	node netip.Addr
	// filled waits for the writer. The log's mutex guards it; what follows belongs to the writer alone.
	filled []byte
	spare  []byte
	// end is when the period ends; file is open from the first line of the period on.
	end     time.Time
	file    *os.File
	spool   string
	written int64
}

// Append adds a line, which ends with a newline, to the file of a node. It never waits for the disk: a line that finds
// no room is dropped and counted.
func (l *Log) Append(node netip.Addr, line []byte) {
	s := l.store
	if s.waiting.Add(int64(len(line))) > s.options.Total {
		s.waiting.Add(-int64(len(line)))
		l.drop(1)
		return
	}
	l.mu.Lock()
	p := l.part(node)
	if l.closed || len(p.filled)+len(line) > s.options.Buffer {
		l.mu.Unlock()
		s.waiting.Add(-int64(len(line)))
		l.drop(1)
		return
	}
	before := len(p.filled)
	p.filled = append(p.filled, line...)
	after := len(p.filled)
	l.mu.Unlock()
	if half := s.options.Buffer / 2; before < half && after >= half {
		s.hurry()
	}
}

// part finds the part of a node.
func (l *Log) part(node netip.Addr) *part {
	for _, p := range l.parts {
		if p.node == node {
			return p
		}
	}
	p := &part{node: node}
	l.parts = append(l.parts, p)
	return p
}

// Dropped counts the lines that were lost.
func (l *Log) Dropped() uint64 { return l.dropped.Load() }

func (l *Log) drop(lines uint64) {
	l.dropped.Add(lines)
	l.store.dropped.Add(lines)
}

// Close ends the log: what it holds is delivered, lines that come later are dropped and counted.
func (l *Log) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.store.hurry()
}

// take empties a part for the writer.
func (l *Log) take(p *part) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := p.filled
	p.filled, p.spare = p.spare[:0], nil
	return full
}

// giveBack lets a part use its buffer again, or lets go of it when the part has been quiet.
func (l *Log) giveBack(p *part, b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(b) > 0 {
		p.spare = b[:0]
	} else if len(p.filled) == 0 {
		p.filled, p.spare = nil, nil
	}
}

// flush writes what waits, and delivers the files whose period is over, or all of them at the end. It says whether the
// log is closed and empty.
func (l *Log) flush(now time.Time, all bool) (over bool) {
	l.mu.Lock()
	parts, closed := l.parts, l.closed
	l.mu.Unlock()
	all = all || closed
	for _, p := range parts {
		if p.file != nil && !now.Before(p.end) {
			l.deliver(p) // before what waits: those lines came after the end, or within the moment
		}
		full := l.take(p)
		if len(full) > 0 {
			l.write(p, full, now)
			l.store.waiting.Add(-int64(len(full)))
		}
		l.giveBack(p, full)
		if p.file != nil && (all || p.written >= l.store.options.FileSize) {
			l.deliver(p)
		}
	}
	return closed
}

// write appends lines to the spool of the period.
func (l *Log) write(p *part, lines []byte, now time.Time) {
	if p.file == nil {
		if err := l.open(p, now); err != nil {
			l.lost(lines, err)
			return
		}
	}
	n, err := p.file.Write(lines)
	p.written += int64(n)
	if err != nil {
		l.lost(lines[n:], err)
		l.deliver(p) // another file may have more luck
	}
}

func (l *Log) lost(lines []byte, err error) {
	l.drop(uint64(bytes.Count(lines, []byte{'\n'})))
	l.store.complain(&l.stream, err)
}

// open begins the file of the period that now is in.
func (l *Log) open(p *part, now time.Time) error {
	period := l.store.options.Period
	p.end = now.UTC().Truncate(period).Add(period)
	name := l.stream.file(p.end, p.node, l.store.random())
	f, spool, err := l.store.spool(name)
	if err != nil {
		return err
	}
	p.file, p.spool, p.written = f, spool, 0
	return nil
}

// deliver hands the file of a period to the packer.
func (l *Log) deliver(p *part) {
	if err := p.file.Close(); err != nil {
		l.store.complain(&l.stream, err)
	}
	l.store.pack(p.spool)
	p.file, p.spool, p.written = nil, "", 0
}
