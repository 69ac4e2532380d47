package bucket

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what a Store takes from outside.
type Options struct {
	// Folder holds the buckets, each a folder of its own; it is made when it is not there.
	Folder string
	// Logger is told once per period of what could not be written; nil drops it.
	Logger *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Period is how long a file gathers lines: 5 minutes when 0, as AWS does.
	Period time.Duration
	// Flush is how often lines go to the disk, 1 s when 0.
	Flush time.Duration
	// Buffer bounds the bytes of one log and node that wait for the disk, 1 MiB when 0; Total those of all logs, 32 MiB
	// when 0. FileSize begins another file for the same period, 64 MiB (before compression) when 0.
	Buffer          int
	Total, FileSize int64
}

// Store writes logs below a folder. Lines go to a spool first and are compressed when their period is over: a process
// that dies loses a second of lines, and what it left in the spool is delivered by the next one.
type Store struct {
	options Options
	root    *os.Root
	own     *spoolFolder

	waiting atomic.Int64
	dropped atomic.Uint64
	files   atomic.Uint64

	mu     sync.Mutex
	logs   []*Log
	packs  []string
	closed bool
	told   map[Kind]time.Time

	// disk is held while folders of the spool come and go.
	disk sync.Mutex

	urgent, more chan struct{}
	quit         chan struct{}
	writer       sync.WaitGroup
	packer       sync.WaitGroup
}

// Open makes the folder and starts to deliver. Close ends it.
func Open(o Options) (*Store, error) {
	defaults(&o)
	if err := os.MkdirAll(o.Folder, 0o755); err != nil { //nolint:gosec // logs are for others to read
		return nil, fmt.Errorf("the folder for logs: %w", err)
	}
	root, err := os.OpenRoot(o.Folder)
	if err != nil {
		return nil, fmt.Errorf("the folder for logs: %w", err)
	}
	s := &Store{
		options: o, root: root, told: map[Kind]time.Time{},
		urgent: make(chan struct{}, 1), more: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	if s.own, err = openSpool(root, s.random()); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	s.packs = leftovers(root, s.own.name)
	s.wake()
	s.writer.Go(s.write)
	s.packer.Go(s.packAll)
	return s, nil
}

func defaults(o *Options) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Period <= 0 {
		o.Period = 5 * time.Minute
	}
	if o.Flush <= 0 {
		o.Flush = time.Second
	}
	if o.Buffer <= 0 {
		o.Buffer = 1 << 20
	}
	if o.Total <= 0 {
		o.Total = 32 << 20
	}
	if o.FileSize <= 0 {
		o.FileSize = 64 << 20
	}
}

// Log begins a stream and writes its test file. Each stream is to be begun once.
func (s *Store) Log(stream Stream) *Log {
	l := &Log{store: s, stream: stream}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.closed = s.closed
	s.logs = append(s.logs, l)
	s.hurry()
	return l
}

// Dropped counts the lines of all logs that were lost; Files counts the files that were delivered.
func (s *Store) Dropped() uint64 { return s.dropped.Load() }

// Files counts the files that were delivered.
func (s *Store) Files() uint64 { return s.files.Load() }

// Close delivers everything that waits and ends the Store. Lines that come later are dropped and counted.
func (s *Store) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	for _, l := range s.logs {
		l.mu.Lock()
		l.closed = true
		l.mu.Unlock()
	}
	s.mu.Unlock()
	if again {
		return nil
	}
	close(s.quit)
	s.writer.Wait()
	close(s.more)
	s.packer.Wait()
	return errors.Join(s.own.close(s.root), s.root.Close())
}

// hurry asks the writer to come before its time.
func (s *Store) hurry() {
	select {
	case s.urgent <- struct{}{}:
	default:
	}
}

// write is the loop that brings lines to the disk.
func (s *Store) write() {
	tick := time.NewTicker(s.options.Flush)
	defer tick.Stop()
	tested := map[*Log]bool{}
	for {
		last := false
		select {
		case <-s.quit:
			last = true
		case <-tick.C:
		case <-s.urgent:
		}
		s.mu.Lock()
		logs := append([]*Log(nil), s.logs...)
		s.mu.Unlock()
		now := s.options.Now()
		var over []*Log
		for _, l := range logs {
			if !tested[l] {
				tested[l] = true
				s.test(&l.stream, now)
			}
			if l.flush(now, last) {
				over = append(over, l)
				delete(tested, l)
			}
		}
		s.forget(over)
		if last {
			return
		}
	}
}

// forget drops the logs that are closed.
func (s *Store) forget(over []*Log) {
	if len(over) == 0 {
		return
	}
	gone := map[*Log]bool{}
	for _, l := range over {
		gone[l] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.logs[:0]
	for _, l := range s.logs {
		if !gone[l] {
			kept = append(kept, l)
		}
	}
	clear(s.logs[len(kept):])
	s.logs = kept
}

// complain tells the operator about a disk that does not do its duty, once per kind and period.
func (s *Store) complain(stream *Stream, err error) {
	now := s.options.Now()
	s.mu.Lock()
	last, ever := s.told[stream.Kind]
	quiet := ever && now.Sub(last) < s.options.Period
	if !quiet {
		s.told[stream.Kind] = now
	}
	s.mu.Unlock()
	if !quiet {
		s.options.Logger.Warn("logs of a load balancer are lost", "loadBalancer", stream.LoadBalancer, "bucket", stream.Bucket,
			"error", err, "droppedLines", s.Dropped())
	}
}

// random is the last part of a file's name, so that nodes and restarts do not overwrite each other.
func (s *Store) random() string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:])
}
