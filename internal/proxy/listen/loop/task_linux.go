package loop

import (
	"iter"
	"log/slog"
	"runtime/debug"
)

// Task is a coroutine on a loop. It runs until it would wait, gives the loop back, and goes on where it was when there is
// something to go on with. Everything on a loop runs one at a time, so that nothing there needs a lock.
type Task struct {
	loop *Loop
	// resume runs the task until it waits or has no more work; stop ends one without work.
	resume func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool

	// What it works at: a turn of a socket's owner, or a function.
	socket *Socket
	cause  error
	f      func()
	// left says that it has become a goroutine.
	left bool
}

// runnable is a task that can go on, or a socket whose owner has a turn.
type runnable struct {
	task   *Task
	socket *Socket
	cause  error
	f      func()
}

// run gives the loop to a task until it waits. gone says that it did not give it back.
func (r runnable) run(l *Loop) (gone bool) {
	t := r.task
	if t == nil {
		if r.socket != nil && r.socket.dead {
			return false
		}
		t = l.idleTask()
		t.socket, t.cause, t.f = r.socket, r.cause, r.f
	}
	l.current, l.spent = t, 0
	t.resume()
	if t.left {
		return true
	}
	l.current = nil
	return false
}

// idleTask takes a task without work, or makes one.
func (l *Loop) idleTask() *Task {
	if n := len(l.tasks); n > 0 {
		t := l.tasks[n-1]
		l.tasks[n-1] = nil
		l.tasks = l.tasks[:n-1]
		return t
	}
	t := &Task{loop: l}
	t.resume, t.stop = iter.Pull(t.body)
	return t
}

// body does one piece of work after the other.
func (t *Task) body(yield func(struct{}) bool) {
	t.yield = yield
	for {
		t.work()
		if t.left || len(t.loop.tasks) >= maxIdleTasks {
			return
		}
		t.socket, t.cause, t.f = nil, nil, nil
		t.loop.tasks = append(t.loop.tasks, t)
		if !yield(struct{}{}) {
			return
		}
	}
}

func (t *Task) work() {
	defer t.contain()
	if t.f != nil {
		t.f()
		return
	}
	s := t.socket
	s.owner.Turn(t.cause)
	if !t.left {
		s.turned()
	}
}

// contain keeps a panic from ending more than what the task was at. Owners have their own idea of that; this is for what
// they do not catch.
func (t *Task) contain() {
	r := recover()
	if r == nil {
		return
	}
	t.loop.logger.Error("panic on an event loop", slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
	if s := t.socket; s != nil && !t.left {
		s.reset = true
		s.close()
	}
}

// containEach is contain for a function that runs without its task, which is told that reading failed.
func (s *Socket) containEach() {
	r := recover()
	if r == nil {
		return
	}
	s.loop.logger.Error("panic on an event loop", slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
	s.cancel()
}

// park waits until somebody makes the current task runnable.
func (l *Loop) park() {
	t := l.current
	if !t.yield(struct{}{}) {
		panic("a task was stopped while it waited")
	}
}

// spend counts a call of the current task, and lets others run when it has made many: two fast peers would keep the loop
// to themselves.
func (l *Loop) spend() {
	if l.spent++; l.spent > patience {
		l.yielded.push(runnable{task: l.current})
		l.park()
	}
}

// Spawn runs f in a task of its own and returns what waits for its end, for the task that called Spawn.
func (l *Loop) Spawn(f func()) (wait func()) {
	var over bool
	var waiter *Task
	l.runnable.push(runnable{f: func() {
		defer func() {
			over = true
			if waiter != nil {
				l.runnable.push(runnable{task: waiter})
			}
		}()
		f()
	}})
	return func() {
		for !over {
			waiter = l.current
			l.park()
			waiter = nil
		}
	}
}

// leave makes the current task an ordinary goroutine, which may wait as it likes and must not touch the loop any more.
// The goroutine that drove the loop is tied up until the task ends, so another one takes over.
func (l *Loop) leave() {
	t := l.current
	t.left = true
	l.current = nil
	l.counts.Left++
	go l.Run()
}

// queue is a first-in first-out list that keeps its space.
type queue struct {
	items       []runnable
	head, count int
}

func (q *queue) len() int { return q.count }

func (q *queue) push(r runnable) {
	if q.count == len(q.items) {
		grown := make([]runnable, max(2*len(q.items), 64))
		n := copy(grown, q.items[q.head:])
		copy(grown[n:], q.items[:q.head])
		q.items, q.head = grown, 0
	}
	q.items[(q.head+q.count)%len(q.items)] = r
	q.count++
}

func (q *queue) pop() runnable {
	r := q.items[q.head]
	q.items[q.head] = runnable{}
	q.head = (q.head + 1) % len(q.items)
	q.count--
	return r
}
