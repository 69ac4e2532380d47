package manifest

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

// WatchOptions set the pace of Watch. Zero members have the defaults that are named.
type WatchOptions struct {
	// Floor is how long the files must be quiet before they are read: an editor writes in several steps. 60 ms.
	Floor time.Duration
	// Ceiling is how long a change waits at most, however busy the files are. 400 ms.
	Ceiling time.Duration
	// Rescan is the pause between two looks at all files, for what the system does not tell: files behind symbolic
	// links, network file systems, no inotify left. 500 ms, and at least 50 times what a look takes.
	Rescan time.Duration
}

func (o *WatchOptions) fill() {
	if o.Floor <= 0 {
		o.Floor = 60 * time.Millisecond
	}
	if o.Ceiling <= 0 {
		o.Ceiling = 400 * time.Millisecond
	}
	if o.Rescan <= 0 {
		o.Rescan = 500 * time.Millisecond
	}
}

// Watch loads again whenever the files change, until ctx ends, and calls changed with each new state. It runs in the
// caller's goroutine, and so does changed.
func Watch(ctx context.Context, l *Loader, o WatchOptions, changed func(*Loaded)) {
	o.fill()
	w := newNotifier()
	defer w.close()
	w.watch(l.last)
	rescan := time.NewTimer(o.Rescan)
	defer rescan.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.events():
			if !settle(ctx, w, o) {
				return
			}
		case <-w.errors():
			// Events were lost: look at once.
		case <-rescan.C:
		}
		start := time.Now()
		loaded, fresh := l.Load()
		took := time.Since(start)
		if fresh {
			w.watch(loaded)
			changed(loaded)
			took = 0 // reading what changed costs more than looking for it
		}
		rescan.Reset(max(o.Rescan, 50*took))
	}
}

// settle waits until the files have been quiet for the floor, or the ceiling is reached; false when ctx ended.
func settle(ctx context.Context, w *notifier, o WatchOptions) bool {
	ceiling := time.NewTimer(o.Ceiling)
	defer ceiling.Stop()
	floor := time.NewTimer(o.Floor)
	defer floor.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ceiling.C:
			return true
		case <-floor.C:
			return true
		case <-w.errors():
			return true
		case <-w.events():
			floor.Reset(o.Floor)
		}
	}
}

// notifier wraps fsnotify. Where that cannot be had, it never tells anything and the rescans do the work.
type notifier struct {
	fs   *fsnotify.Watcher
	dirs map[string]bool
}

func newNotifier() *notifier {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return &notifier{}
	}
	return &notifier{fs: w, dirs: map[string]bool{}}
}

func (n *notifier) close() {
	if n.fs != nil {
		_ = n.fs.Close() // nothing is written through it
	}
}

func (n *notifier) errors() <-chan error {
	if n.fs == nil {
		return nil
	}
	return n.fs.Errors
}

func (n *notifier) events() <-chan fsnotify.Event {
	if n.fs == nil {
		return nil
	}
	return n.fs.Events
}

// watch follows the directories of a load. A directory that cannot be watched is left to the rescans.
func (n *notifier) watch(l *Loaded) {
	if n.fs == nil || l == nil {
		return
	}
	wanted := map[string]bool{}
	for _, dir := range l.dirs {
		wanted[dir] = true
		if !n.dirs[dir] && n.fs.Add(dir) == nil {
			n.dirs[dir] = true
		}
	}
	for dir := range n.dirs {
		if !wanted[dir] {
			_ = n.fs.Remove(dir) // gone already
			delete(n.dirs, dir)
		}
	}
}
