package listen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/loop"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// browser is a client in a world: it sends what it has to and reads what it gets, at its own pace.
type browser struct {
	todo    []byte
	methods []string
	got     []byte
	// seen are the complete answers among the first counted bytes; looks is how often there was nothing else to do.
	counted  int
	seen     int
	looks    int
	left     bool
	finished bool
	broken   bool
	// deaf clients never read; those that stay do not end their side; hasty ones end it as soon as they have asked.
	deaf, stay, hasty bool
	// leftAt is when our side was closed.
	leftAt time.Duration
	world  *world
}

func (b *browser) step(w *world, e *end) bool {
	if len(e.out) > 0 && !b.deaf && (len(b.todo) == 0 || w.random.IntN(2) == 0) {
		b.got = append(b.got, e.take()...)
		return true
	}
	if len(b.todo) > 0 && !b.finished {
		b.todo = e.give(b.todo)
		return true
	}
	if b.hasty && !b.finished && len(b.todo) == 0 {
		b.finished = true
		e.finish()
		return true
	}
	if b.finished || b.deaf || b.stay {
		return false
	}
	if b.counted != len(b.got) {
		if b.looks++; b.looks%16 != 0 && !e.outEnded {
			return false // looking is what takes longest here
		}
		b.counted = len(b.got)
		b.seen = len(answers(b.got, b.methods))
	}
	if e.outEnded && len(e.out) == 0 || b.seen == len(b.methods) {
		b.finished = true
		e.finish()
		return true
	}
	return false
}

func (b *browser) gone(reset bool) {
	b.left, b.broken, b.leftAt = true, b.broken || reset, b.world.now
}

// answers takes complete responses apart, interim ones too, without what differs from run to run.
func answers(b []byte, methods []string) (list []string) {
	r := bufio.NewReader(bytes.NewReader(b))
	interim := ""
	for len(list) < len(methods) {
		resp, err := http.ReadResponse(r, &http.Request{Method: methods[len(list)]})
		if err != nil {
			return list
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 {
			if err != nil {
				return list
			}
		}
		resp.Header.Del("Date")
		var fields bytes.Buffer
		_ = resp.Header.Write(&fields) // into memory
		text := fmt.Sprintf("%s%d\n%s\n%s", interim, resp.StatusCode, fields.String(), body)
		if resp.StatusCode < 200 {
			interim = text
			continue
		}
		interim = ""
		list = append(list, text)
	}
	return list
}

// origin is a target in a world.
type origin struct {
	house *faulty
	buf   []byte
	reply []byte
	// early says that the request under way was answered before its body came.
	early, closing, finished bool
}

func (o *origin) step(w *world, e *end) bool {
	if len(e.out) > 0 && (len(o.reply) == 0 || w.random.IntN(2) == 0) {
		o.buf = append(o.buf, e.take()...)
		o.parse()
		return true
	}
	if len(o.reply) > 0 {
		o.reply = e.give(o.reply)
		return true
	}
	if (o.closing || e.outEnded) && !o.finished {
		o.finished = true
		e.finish()
		return true
	}
	return false
}

func (o *origin) gone(bool) { o.house.targetsGone++ }

// parse answers the requests that are complete.
func (o *origin) parse() {
	for o.complete() {
		all := bytes.NewReader(o.buf)
		r := bufio.NewReader(all)
		req, err := http.ReadRequest(r)
		if err != nil {
			if err != io.ErrUnexpectedEOF && err != io.EOF {
				o.house.t.Errorf("a target could not read %q: %v", o.buf, err)
				o.closing = true
				o.buf = nil
			}
			return
		}
		if strings.HasPrefix(req.URL.Path, "/early") && !o.early {
			o.early = true
			o.answer(req)
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		o.buf = append([]byte(nil), o.buf[len(o.buf)-all.Len()-r.Buffered():]...)
		var fields bytes.Buffer
		_ = req.Header.Write(&fields) // into memory
		id := req.Header.Get("X-Id")
		o.house.requests[id] = append(o.house.requests[id],
			fmt.Sprintf("%s %s %s\n%s\n%s", req.Method, req.RequestURI, req.Host, fields.String(), body))
		if !o.early {
			o.answer(req)
		}
		o.early = false
	}
}

// complete says whether it is worth parsing: the body is there, or an early answer is due.
func (o *origin) complete() bool {
	head, body, ok := bytes.Cut(o.buf, []byte("\r\n\r\n"))
	switch {
	case !ok:
		return false
	case bytes.Contains(head, []byte("chunked\r\n")) && !bytes.Contains(body, []byte("0\r\n\r\n")):
		return bytes.Contains(head, []byte("/early")) && !o.early
	}
	if _, length, ok := bytes.Cut(head, []byte("Content-Length: ")); ok {
		digits, _, _ := bytes.Cut(length, []byte("\r\n"))
		n, _ := strconv.Atoi(string(digits))
		return len(body) >= n || bytes.Contains(head, []byte("/early")) && !o.early
	}
	return true
}

// answer makes the response that a path asks for: /KIND/SIZE.
func (o *origin) answer(req *http.Request) {
	parts := strings.Split(req.URL.Path, "/")
	size := 0
	if len(parts) > 2 {
		size, _ = strconv.Atoi(parts[2])
	}
	body := pattern(size)
	switch kind := parts[1]; {
	case req.Method == "HEAD":
		o.say("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
	case kind == "chunked":
		o.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for i := 0; i < len(body); {
			n := min(len(body)-i, 1+i%1500)
			o.say("%x\r\n%s\r\n", n, body[i:i+n])
			i += n
		}
		o.say("0\r\n\r\n")
	case kind == "close":
		o.say("HTTP/1.1 200 OK\r\n\r\n%s", body)
		o.closing = true
	case kind == "interim":
		o.say("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
		o.say("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, body)
	case kind == "204", kind == "304":
		o.say("HTTP/1.1 %s Whatever\r\nEtag: \"x\"\r\n\r\n", kind)
	case kind == "bad":
		o.say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")
	case kind == "silent":
		o.closing = true
	case kind == "never":
	default:
		o.say("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, body)
	}
}

func (o *origin) say(format string, args ...any) { o.reply = fmt.Appendf(o.reply, format, args...) }

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(i%23)
	}
	return b
}

// faulty is a house whose sockets are all in a world.
type faulty struct {
	t           *testing.T
	requests    map[string][]string
	targetsGone int
	browsers    []*browser
	world       *world
	house       *house
}

// outcome is what was seen on both sides.
type outcome struct {
	Answers  [][]string
	Requests map[string][]string
}

// newFaulty makes a house in a world.
func newFaulty(t *testing.T, dialect model.Dialect, tr trouble) *faulty {
	p := plan{dialect: dialect, targets: []string{"127.0.0.1:1"}, options: func(o *Options) { o.Driver = Goroutines }}
	f := &faulty{t: t, requests: map[string][]string{}, house: newHouse(t, p), world: newWorld(tr)}
	f.world.loop = loop.New(loop.Options{System: f.world, Clock: f.world, Logger: f.house.set.options.Logger})
	f.world.target = func(*end) peer { return &origin{house: f} }
	return f
}

// connect opens a client's connection.
func (f *faulty) connect(client peer, port uint16) {
	k := f.house.set.sockets[0]
	remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
	if !k.welcome(remote) {
		f.t.Fatal("not welcome")
	}
	e := f.world.open(client)
	c := newConn(k, remote, remote)
	c.loop = &looped{f.world.loop}
	s := f.world.loop.New(e.fd, c)
	c.wire = wire.NewPort(s, f.house.clock)
	k.enroll(c, s.Add)
}

// play runs browsers in a world until they are done.
func play(t *testing.T, dialect model.Dialect, tr trouble, scripts ...[]string) (*faulty, outcome) {
	t.Helper()
	f := newFaulty(t, dialect, tr)
	w := f.world
	for i, script := range scripts {
		b := &browser{world: w}
		for j, request := range script {
			b.methods = append(b.methods, request[:strings.IndexByte(request, ' ')])
			id := fmt.Sprintf("\r\nX-Id: %d.%d\r\n", i, j)
			b.todo = append(b.todo, strings.Replace(request, "\r\n", id, 1)...)
		}
		if f.browsers = append(f.browsers, b); tr.adjust != nil {
			tr.adjust(b)
		}
		f.connect(b, uint16(1000+i))
	}
	w.done = func() bool { return !slices.ContainsFunc(f.browsers, func(b *browser) bool { return !b.left }) }
	w.loop.Run()
	f.check()
	o := outcome{Requests: f.requests}
	for id, list := range f.requests {
		// How often a request without an answer is repeated depends on whether an idle connection was at hand.
		f.requests[id] = slices.Compact(list)
	}
	for _, b := range f.browsers {
		o.Answers = append(o.Answers, answers(b.got, b.methods))
	}
	return f, o
}

// check insists that nothing is left of the run.
func (f *faulty) check() {
	f.t.Helper()
	for _, text := range f.world.faults {
		f.t.Error(text)
	}
	if n := f.house.set.stats.Open.Load(); n != 0 {
		f.t.Errorf("%d connections are still in the books", n)
		f.house.set.each(func(c *conn) { go c.leave() })
	}
	if n := len(f.world.ends); n != 0 {
		f.t.Errorf("%d descriptors were never closed", n)
	}
	for _, g := range f.house.registry.State() {
		for _, target := range g.Targets {
			if target.Outstanding != 0 {
				f.t.Errorf("target %s has %d requests outstanding", target.Address, target.Outstanding)
			}
		}
	}
	if n := f.house.set.stats.Panics.Load(); n != 0 {
		f.house.mu.Lock()
		f.t.Errorf("%d panics: %s", n, f.house.log.String())
		f.house.mu.Unlock()
	}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a.example\r\n\r\n" }

func post(path string, n int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n%s", path, n, pattern(n))
}

func chunked(path string, sizes ...int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "PUT %s HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n", path)
	for _, n := range sizes {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, pattern(n))
	}
	b.WriteString("0\r\n\r\n")
	return b.String()
}

// scripts are what browsers send; each has one connection and does not wait for answers.
var scripts = [][]string{
	{get("/len/10"), get("/len/0"), get("/chunked/3000"), "HEAD /len/50 HTTP/1.1\r\nHost: a.example\r\n\r\n", get("/204"), get("/304"), get("/len/5")},
	{post("/len/100", 10), post("/chunked/200", 20_000), chunked("/len/7", 1, 3000, 17), get("/interim/30"), get("/close/400")},
	{get("/len/70000"), get("/chunked/90000"), post("/len/1", 90_000)},
	{chunked("/chunked/50000", 40_000, 1, 25_000), get("/bad"), get("/silent"), get("/len/9")},
	{"GET /len/12 HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n", "GET /chunked/99 HTTP/1.0\r\nHost: a.example\r\n\r\n"},
	{get("/len/3"), "GET /len/3 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"},
	{"POST /len/4 HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 30000\r\n\r\n" + string(pattern(30_000)), get("/len/1")},
}

var dialects = []model.Dialect{model.DialectNginx, model.DialectELB}

// worse is what a kernel and a network may do without breaking a promise.
func worse(seed int) trouble {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	return trouble{
		seed: uint64(seed), short: r.IntN(100), again: r.IntN(60), late: r.IntN(80), twice: r.IntN(50), stale: r.IntN(50),
		window: []int{0, 64, 100, 3000, 40_000}[r.IntN(5)],
	}
}

// TestAPoorKernelChangesNothing plays the same requests in a perfect world and in poor ones: with calls that move less than
// they could, or nothing, with events that come late or twice or for sockets that are gone, and with peers that take little.
func TestAPoorKernelChangesNothing(t *testing.T) {
	t.Parallel()
	worlds := 24
	if testing.Short() || raced {
		worlds = 6
	}
	for _, dialect := range dialects {
		_, want := play(t, dialect, trouble{}, scripts...)
		for i, list := range want.Answers {
			if len(list) == 0 {
				t.Fatalf("browser %d got nothing", i)
			}
		}
		for seed := range worlds {
			t.Run(fmt.Sprintf("%s %d", dialect, seed), func(t *testing.T) {
				t.Parallel()
				tr := worse(seed)
				_, got := play(t, dialect, tr, scripts...)
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%+v: %s", tr, d)
				}
			})
		}
	}
}

// TestABreakAtAnyMomentLeavesNothingBehind resets one of the connections, client's or target's, at each step in turn. What
// clients get is what they would have got, or an error of ours in its place, or it ends in the middle: never is anything
// put behind the beginning of an answer. Nothing stays open.
func TestABreakAtAnyMomentLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	list := [][]string{
		{get("/len/10"), post("/chunked/300", 20_000), get("/len/40000"), get("/len/5")},
		{chunked("/chunked/2000", 10, 30_000), get("/close/500")},
	}
	_, want := play(t, model.DialectNginx, trouble{}, list...)
	moments := 80
	if testing.Short() || raced {
		moments = 20
	}
	for i := range moments {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			tr := worse(i)
			tr.resetAt = 1 + i*3
			f, got := play(t, dialects[i%2], tr, list...)
			for i, answers := range got.Answers {
				for j, a := range answers {
					if a != want.Answers[i][j] && !strings.HasPrefix(a, "50") {
						t.Errorf("%+v: browser %d, answer %d: %.200q", tr, i, j, a)
					}
				}
				heads := bytes.Count(f.browsers[i].got, []byte("HTTP/1.1 "))
				if heads > len(answers)+1 {
					t.Errorf("%+v: browser %d got %d heads and only %d answers", tr, i, heads, len(answers))
				}
			}
		})
	}
}

// TestAnEventThatNeverComesCostsNoMoreThanItsConnection loses events, which no kernel does: time limits end what hangs.
func TestAnEventThatNeverComesCostsNoMoreThanItsConnection(t *testing.T) {
	t.Parallel()
	for seed := range 12 {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			tr := worse(seed)
			tr.lose, tr.refuse = 50, seed%3
			play(t, dialects[seed%2], tr, scripts...)
		})
	}
}

// TestAnEarlyAnswerReachesItsClient has the target answer before the body has come, or without reading it at all.
func TestAnEarlyAnswerReachesItsClient(t *testing.T) {
	t.Parallel()
	for seed := range 16 {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			f, got := play(t, dialects[seed%2], worse(seed), []string{chunked("/early/50", 40_000, 60_000), get("/len/3")})
			if b := f.browsers[0]; len(got.Answers[0]) == 0 || !strings.HasSuffix(got.Answers[0][0], string(pattern(50))) {
				t.Errorf("%+v: got %.300q", worse(seed), b.got)
			}
		})
	}
}

// TestTimeLimitsHoldInVirtualTime has peers that do nothing, and looks at the clock. Who got an answer and stays has five
// seconds more.
func TestTimeLimitsHoldInVirtualTime(t *testing.T) {
	t.Parallel()
	unfinished := strings.TrimSuffix(get("/len/1"), "\r\n")
	starved := strings.TrimSuffix(post("/len/1", 1000), "xyz")
	for name, c := range map[string]struct {
		dialect  model.Dialect
		script   []string
		adjust   func(*browser)
		from, to time.Duration
		status   string
	}{
		"a head that does not end, nginx": {model.DialectNginx, []string{unfinished}, stay, 60 * time.Second, 62 * time.Second, ""},
		"a head that does not end, ELB":   {model.DialectELB, []string{unfinished}, stay, 65 * time.Second, 68 * time.Second, "408"},
		"nothing at all":                  {model.DialectNginx, nil, stay, 60 * time.Second, 62 * time.Second, ""},
		"an idle connection, nginx":       {model.DialectNginx, []string{get("/len/1")}, stay, 75 * time.Second, 77 * time.Second, "200"},
		"a target that does not answer":   {model.DialectNginx, []string{get("/never")}, nil, 60 * time.Second, 190 * time.Second, "504"},
		"a body that does not come":       {model.DialectELB, []string{starved[:200]}, stay, 65 * time.Second, 68 * time.Second, "408"},
		"a client that leaves":            {model.DialectNginx, []string{get("/never")}, func(b *browser) { b.hasty = true }, 2 * time.Second, 4 * time.Second, ""},
		"a client that does not read":     {model.DialectNginx, []string{get("/len/90000")}, func(b *browser) { b.deaf = true }, 60 * time.Second, 63 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := play(t, c.dialect, trouble{window: 4096, adjust: c.adjust}, c.script)
			b := f.browsers[0]
			if b.leftAt < c.from || b.leftAt > c.to {
				t.Errorf("the connection ended after %v", b.leftAt)
			}
			status := ""
			if len(b.got) > 12 {
				status = string(b.got[9:12])
			}
			if !b.deaf && status != c.status {
				t.Errorf("got %q", b.got)
			}
		})
	}
}

func stay(b *browser) { b.stay = true }
