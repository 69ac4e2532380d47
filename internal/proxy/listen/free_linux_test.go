package listen

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/loop"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// freeKernel is a loop.System whose calls cost next to nothing: clients that ask again as soon as they are answered, up to a
// number, and targets that answer at once.
type freeKernel struct {
	loop            *loop.Loop
	request, answer []byte
	left            int
	// clients are the sockets from 0 on below it.
	clients int
	tokens  []uint64
	ready   []loop.Event
	woken   chan struct{}
	ticker  wire.Ticker
	wrong   int
}

func (k *freeKernel) happen(fd int, what loop.Happening) {
	k.ready = append(k.ready, loop.Event{Token: k.tokens[fd], What: what})
}

func (k *freeKernel) Watch(fd int, token uint64) error {
	k.tokens[fd] = token
	what := loop.Writable
	if fd < k.clients {
		what |= loop.Readable
	}
	k.happen(fd, what)
	return nil
}

func (k *freeKernel) Wait(events []loop.Event) int {
	n := copy(events, k.ready)
	k.ready = k.ready[:copy(k.ready, k.ready[n:])]
	return n
}

func (k *freeKernel) Park() error {
	if len(k.ready) == 0 {
		<-k.woken
	}
	return nil
}

func (k *freeKernel) Wake() {
	select {
	case k.woken <- struct{}{}:
	default:
	}
}

func (k *freeKernel) Read(fd int, b []byte) (int, syscall.Errno) {
	switch {
	case fd >= k.clients:
		return copy(b, k.answer), 0
	case k.left == 0:
		return 0, 0
	}
	k.left--
	return copy(b, k.request), 0
}

func (k *freeKernel) Write(fd int, a, b []byte) (int, syscall.Errno) {
	if len(a)+len(b) < 17 || fd < k.clients && string(a[:15]) != "HTTP/1.1 200 OK" {
		k.wrong++
	}
	k.happen(fd, loop.Readable)
	return len(a) + len(b), 0
}

func (k *freeKernel) Connect(netip.AddrPort) (int, error) {
	k.tokens = append(k.tokens, 0)
	return len(k.tokens) - 1, nil
}

func (k *freeKernel) Unwatch(int) error                            { return nil }
func (k *freeKernel) SpliceIn(int, int, int) (int, syscall.Errno)  { return 0, syscall.EINVAL }
func (k *freeKernel) SpliceOut(int, int, int) (int, syscall.Errno) { return 0, syscall.EINVAL }
func (k *freeKernel) Connected(int) syscall.Errno                  { return 0 }
func (k *freeKernel) CloseWrite(int) syscall.Errno                 { return 0 }
func (k *freeKernel) Close(int, bool)                              {}
func (k *freeKernel) Release(int) (net.Conn, error)                { return nil, errors.ErrUnsupported }
func (k *freeKernel) Take(net.Conn) (int, bool)                    { return -1, false }
func (k *freeKernel) Shut()                                        {}
func (k *freeKernel) Join(t wire.Ticker)                           { k.ticker = t }
func (k *freeKernel) Leave(wire.Ticker)                            { k.ticker = nil }
func (k *freeKernel) Coarse() time.Duration                        { return time.Second }

// processTime is how long this process has run, in nanoseconds: what else a machine does says less about it than about ns/op.
func processTime(b *testing.B) int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return t.Nano()
}

// BenchmarkOurPartOfARequest is a request on an event loop without what the kernel does, without rules and filters: driver,
// codec, forwarding and connections to targets.
func BenchmarkOurPartOfARequest(b *testing.B) {
	for name, fields := range map[string]string{
		"short": "User-Agent: test\r\nAccept: */*\r\n",
		"browser": "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\r\n" +
			"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
			"Accept-Language: en-GB,en;q=0.9,ko;q=0.8\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
			"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes; ab=17\r\nSec-Fetch-Dest: document\r\n" +
			"Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\nUpgrade-Insecure-Requests: 1\r\nCache-Control: max-age=0\r\n",
	} {
		b.Run(name, func(b *testing.B) {
			h := newHouse(b, plan{
				dialect: model.DialectELB, targets: []string{"127.0.0.1:1"}, options: func(o *Options) { o.Driver = Goroutines },
			})
			h.silent.Store(true)
			const clients = 32
			k := &freeKernel{
				request: []byte("GET /a/b?c=d HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n"),
				answer:  append([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n"), make([]byte, 1024)...),
				left:    b.N, clients: clients, tokens: make([]uint64, clients), woken: make(chan struct{}, 1),
			}
			k.loop = loop.New(loop.Options{System: k, Clock: k, Logger: h.set.options.Logger})
			socket := h.set.sockets[0]
			for i := range clients {
				remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(1000+i))
				if !socket.welcome(remote) {
					b.Fatal("not welcome")
				}
				c := newConn(socket, remote, remote)
				c.loop = &looped{k.loop}
				s := k.loop.New(i, c)
				c.wire = wire.NewPort(s, h.clock)
				socket.enroll(c, s.Add)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := processTime(b)
			go func() {
				for h.set.stats.Open.Load() > 0 {
					time.Sleep(time.Millisecond)
				}
				k.loop.Stop()
			}()
			k.loop.Run()
			b.ReportMetric(float64(processTime(b)-before)/float64(b.N), "cpu-ns/op")
			if k.wrong > 0 || k.left > 0 {
				b.Errorf("%d calls went wrong, %d requests were not sent", k.wrong, k.left)
			}
		})
	}
}
