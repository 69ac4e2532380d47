package loop

// postKind is what another goroutine wants of a loop.
type postKind uint8

const (
	postStop postKind = iota
	postAdd
	postCancel
	postCut
	postClose
	postResume
)

type post struct {
	kind postKind
	s    *Socket
	t    *Task
}

// post may be called from anywhere. After the loop's end it does nothing: all sockets are closed by then.
func (l *Loop) post(p post) {
	l.mu.Lock()
	l.posts = append(l.posts, p)
	l.posted.Store(true)
	l.mu.Unlock()
	l.wake()
}

// onePost does what the oldest post asks for.
func (l *Loop) onePost() {
	if l.next == len(l.taken) {
		l.mu.Lock()
		clear(l.taken)
		l.taken, l.posts = l.posts, l.taken[:0]
		l.posted.Store(false)
		l.mu.Unlock()
		l.next = 0
	}
	p := l.taken[l.next]
	l.taken[l.next] = post{}
	l.next++
	switch p.kind {
	case postStop:
		l.stopping = true
	case postAdd:
		l.add(p.s)
	case postCancel:
		p.s.cancel()
	case postCut:
		p.s.cut()
	case postClose:
		p.s.close()
	case postResume:
		l.runnable.push(runnable{task: p.t})
	}
}
