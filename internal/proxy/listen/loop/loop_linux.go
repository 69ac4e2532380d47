package loop

import (
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// budget is how many units of work a loop does before it lets other goroutines run.
const budget = 64

// patience is how many calls on sockets a task may make before it lets others have the loop.
const patience = 32

// maxIdleTasks is how many tasks without work are kept with their stacks.
const maxIdleTasks = 256

// Options are what a Loop takes from outside.
type Options struct {
	// Number tells loops apart.
	Number int
	// System is the kernel.
	System System
	// Clock ticks while the loop has sockets.
	Clock Clock
	// Logger is told of panics that nobody else caught. Required.
	Logger *slog.Logger
}

// Clock is what a loop takes the time from: wire.Clock.
type Clock interface {
	Join(t wire.Ticker)
	Leave(t wire.Ticker)
	// Coarse is the time of the last tick.
	Coarse() time.Duration
}

// Loop is one event loop. Its methods are for its own tasks, but those that say otherwise.
type Loop struct {
	number int
	system System
	clock  Clock
	logger *slog.Logger

	table table
	wheel wheel
	// events[at:got] are those that Wait returned and that have not been looked at.
	events  [128]Event
	at, got int
	// runnable is what is to run next; tasks are those without work; current is the one that runs.
	runnable queue
	// yielded are tasks that have had their share until the kernel has been asked again.
	yielded queue
	tasks   []*Task
	current *Task
	// spent counts the calls that the current task made.
	spent int

	// mu guards posts: what other goroutines want of the loop.
	mu     sync.Mutex
	posts  []post
	taken  []post
	next   int
	posted atomic.Bool
	// asleep says that the driver is about to park, or parked.
	asleep atomic.Bool
	// tick is the time; dueTick the tick at which the wheel has something to do, never without.
	tick    atomic.Int64
	dueTick atomic.Int64

	stopping, over bool
	done           chan struct{}
	counts         Stats
	shown          shown
}

// Stats counts what a loop did.
type Stats struct {
	// Events are those of the kernel, Turns the runs of owners and tasks between two waits, Parks how often there was
	// nothing to do, Left the tasks that became goroutines. Sockets are the open ones.
	Events, Turns, Parks, Left uint64
	Sockets                    int64
}

type shown struct {
	events, turns, parks, left atomic.Uint64
	sockets                    atomic.Int64
}

// New makes a loop. Run drives it.
func New(o Options) *Loop {
	l := &Loop{number: o.Number, system: o.System, clock: o.Clock, logger: o.Logger, done: make(chan struct{})}
	l.wheel.init()
	l.dueTick.Store(never)
	l.tick.Store(int64(o.Clock.Coarse()))
	return l
}

// Number is the number that it was made with.
func (l *Loop) Number() int { return l.number }

// Stats may be called from anywhere. It is as new as the last time the loop had nothing to do, or the last 64 things.
func (l *Loop) Stats() Stats {
	return Stats{
		Events: l.shown.events.Load(), Turns: l.shown.turns.Load(), Parks: l.shown.parks.Load(),
		Left: l.shown.left.Load(), Sockets: l.shown.sockets.Load(),
	}
}

func (l *Loop) show() {
	l.shown.events.Store(l.counts.Events)
	l.shown.turns.Store(l.counts.Turns)
	l.shown.parks.Store(l.counts.Parks)
	l.shown.left.Store(l.counts.Left)
	l.shown.sockets.Store(l.counts.Sockets)
}

// Run drives the loop until Stop, or until a task has taken its goroutine along (Leave), which sets another one to work.
func (l *Loop) Run() {
	for {
		for range budget {
			worked, gone := l.one()
			if gone {
				return
			}
			if worked {
				continue
			}
			if l.stopping {
				l.end()
				return
			}
			l.sleep()
		}
		l.show()
		runtime.Gosched()
	}
}

// Stop ends the loop: its sockets are closed, and whoever waited for one is told so. It may be called from anywhere, and
// returns when the loop has come to its end.
func (l *Loop) Stop() {
	l.post(post{kind: postStop})
	<-l.done
}

// one does one unit of work. gone says that this goroutine must leave the loop alone from now on.
func (l *Loop) one() (worked, gone bool) {
	switch {
	case l.next < len(l.taken) || l.posted.Load():
		l.onePost()
		return true, false
	case l.tick.Load() >= l.dueTick.Load():
		l.expire()
		return true, false
	case l.runnable.len() > 0:
		l.counts.Turns++
		return true, l.runnable.pop().run(l)
	case l.at < l.got:
		e := l.events[l.at]
		l.at++
		l.counts.Events++
		if s := l.table.get(e.Token); s != nil {
			s.happened(e.What)
		}
		return true, false
	}
	l.at, l.got = 0, l.system.Wait(l.events[:])
	worked = l.got > 0 || l.yielded.len() > 0
	for l.yielded.len() > 0 {
		l.runnable.push(l.yielded.pop())
	}
	return worked, false
}

// sleep waits for events and posts.
func (l *Loop) sleep() {
	l.asleep.Store(true)
	if !l.posted.Load() && l.tick.Load() < l.dueTick.Load() {
		l.counts.Parks++
		l.show()
		if err := l.system.Park(); err != nil {
			l.logger.Error("an event loop cannot wait", "error", err)
			time.Sleep(time.Millisecond) // it goes on, slowly
		}
	}
	l.asleep.Store(false)
}

// end closes everything. Nothing runs any more.
func (l *Loop) end() {
	l.over = true
	for _, s := range l.table.all() {
		s.close()
	}
	for _, t := range l.tasks {
		t.stop()
	}
	l.tasks = nil
	l.show()
	l.system.Shut()
	close(l.done)
}

// Tick is called by the clock, from its goroutine.
func (l *Loop) Tick(now time.Duration) {
	l.tick.Store(int64(now))
	if int64(now) >= l.dueTick.Load() {
		l.wake()
	}
}

func (l *Loop) wake() {
	if l.asleep.CompareAndSwap(true, false) {
		l.system.Wake()
	}
}

// opened and closed count sockets; the clock ticks while there are some.
func (l *Loop) opened() {
	if l.counts.Sockets++; l.counts.Sockets == 1 {
		l.clock.Join(l)
		l.tick.Store(max(l.tick.Load(), int64(l.clock.Coarse())))
	}
}

func (l *Loop) closed() {
	if l.counts.Sockets--; l.counts.Sockets == 0 {
		l.clock.Leave(l)
	}
}
