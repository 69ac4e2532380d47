package main

import (
	"slices"
	"time"
)

// kind is how a case is measured.
type kind uint8

const (
	// requests asks for a path over connections that are kept alive.
	requests kind = iota
	// handshakes opens a TLS connection for each request, resumptions one that continues an earlier session.
	handshakes
	resumptions
	// websocket sends a message and waits for its echo, on each connection.
	websocket
	// upload and download move bytes through TCP listeners that know no HTTP.
	upload
	download
	// tunnel takes bytes without end behind a WebSocket handshake.
	tunnel
	// datagrams sends datagrams through UDP listeners and waits for their echoes.
	datagrams
	// steady sends requests at a fixed rate, half of what the slowest proxy managed, and looks at the time they take.
	steady
	// swaps is steady while the configuration is replaced again and again.
	swaps
)

// setting is how all proxies are configured for a case.
type setting struct {
	name string
	// hosts is how many names are served besides the one that is asked for.
	hosts int
	// log writes access logs.
	log bool
	// policy is what is done to requests below /shop/.
	policy policy
	// cores is how many cores proxies may use: with two, origin and load share them.
	cores int
}

// policy is a set of what rules ask for besides forwarding.
type policy uint8

const (
	// rewritten takes /shop off the path by a regular expression and bounds the body.
	rewritten policy = 1 << iota
	// sticky sends a client where its cookie says; there are two targets.
	sticky
	// shared adds the fields of CORS to answers, limited counts requests of each address against a rate that is never reached.
	shared
	limited
	// guarded asks the origin for every request whether it may pass.
	guarded
)

var (
	plain    = setting{name: "plain", cores: 1}
	logging  = setting{name: "access log", log: true, cores: 1}
	rewrites = setting{name: "rewrite", policy: rewritten, cores: 1}
	sessions = setting{name: "rewrite and sticky cookie", policy: rewritten | sticky, cores: 1}
	typical  = setting{name: "typical policies", policy: rewritten | sticky | shared | limited, cores: 1}
	asking   = setting{name: "auth subrequest", policy: rewritten | guarded, cores: 1}
	thousand = setting{name: "1,000 hosts", hosts: 1000, cores: 1}
	tenfold  = setting{name: "10,000 hosts", hosts: 10000, cores: 1}
	twoCores = setting{name: "two cores", cores: 2}
)

// testCase is one kind of traffic.
type testCase struct {
	name string
	kind kind
	set  setting
	// path is asked for at the origin, which answers size bytes of body.
	path string
	size int64
	// connections are kept alive; streams is per connection of HTTP/2.
	connections, streams int
	tls, h2              bool
	// browser sends the head of a browser, about 700 bytes; closes asks for the end of the connection each time.
	browser, closes bool
	// send is the length of a request's body, of a message or of a datagram.
	send int
	// grpc makes the requests calls of gRPC.
	grpc bool
	// hybrid agrees on keys by X25519MLKEM768, and on nothing else.
	hybrid bool
	// session sends the cookie that the proxy has set.
	session bool
	// length is how long one measurement takes, where it is not what the flags say; every is the time between swaps.
	length, every time.Duration
	// full cases are left out of the short run.
	full bool
}

var cases = []testCase{
	{name: "h1 1 KB", set: plain, path: "/1k", size: 1 << 10, connections: 64},
	{name: "h1 1 KB browser head", set: plain, path: "/1k", size: 1 << 10, connections: 64, browser: true},
	{name: "h1 100 B", set: plain, path: "/100", size: 100, connections: 64, full: true},
	{name: "h1 1 KB, 1 connection", set: plain, path: "/1k", size: 1 << 10, connections: 1, full: true},
	{name: "h1 1 KB, 512 connections", set: plain, path: "/1k", size: 1 << 10, connections: 512, full: true},
	{name: "h1 1 KB, connection closed", set: plain, path: "/1k", size: 1 << 10, connections: 64, closes: true, full: true},
	{name: "h1 POST 1 KB", set: plain, path: "/1k", size: 1 << 10, connections: 64, send: 1 << 10, full: true},
	{name: "h1 POST 1 MB", set: plain, path: "/1k", size: 1 << 10, connections: 16, send: 1 << 20, full: true},
	{name: "h1 10 KB", set: plain, path: "/10k", size: 10 << 10, connections: 64},
	{name: "h1 1 MB", set: plain, path: "/1m", size: 1 << 20, connections: 16},
	{name: "h1 1 MB chunked", set: plain, path: "/1mc", size: 1 << 20, connections: 16, full: true},
	{name: "tls 1 KB", set: plain, path: "/1k", size: 1 << 10, connections: 64, tls: true},
	{name: "tls 10 KB", set: plain, path: "/10k", size: 10 << 10, connections: 64, tls: true, full: true},
	{name: "tls 1 MB", set: plain, path: "/1m", size: 1 << 20, connections: 16, tls: true, full: true},
	{name: "handshake X25519", kind: handshakes, set: plain, path: "/1k", size: 1 << 10, connections: 8, tls: true},
	{name: "handshake resumed", kind: resumptions, set: plain, path: "/1k", size: 1 << 10, connections: 8, tls: true},
	{name: "handshake X25519MLKEM768", kind: handshakes, set: plain, path: "/1k", size: 1 << 10, connections: 8, tls: true, hybrid: true, full: true},
	{name: "h2 1 KB", set: plain, path: "/1k", size: 1 << 10, connections: 16, streams: 32, tls: true, h2: true},
	{name: "h2 10 KB", set: plain, path: "/10k", size: 10 << 10, connections: 16, streams: 32, tls: true, h2: true, full: true},
	{name: "grpc unary", set: plain, path: "/bench.Echo/Unary", size: 105, connections: 16, streams: 32, tls: true, h2: true, send: 105, grpc: true},
	{name: "websocket 128 B", kind: websocket, set: plain, path: "/ws", size: 128, connections: 64, send: 128},
	{name: "websocket tunnel", kind: tunnel, set: plain, path: "/tunnel", connections: 4},
	{name: "tcp upload", kind: upload, set: plain, connections: 4},
	{name: "tcp download", kind: download, set: plain, connections: 4},
	{name: "udp 64 B", kind: datagrams, set: plain, size: 64, connections: 16, streams: 32, send: 64},
	{name: "udp 1200 B", kind: datagrams, set: plain, size: 1200, connections: 16, streams: 32, send: 1200, full: true},
	{name: "latency at half load, h1 1 KB", kind: steady, set: plain, path: "/1k", size: 1 << 10, connections: 64},
	{name: "h1 1 KB, access log", set: logging, path: "/1k", size: 1 << 10, connections: 64},
	{name: "h1 1 KB, rewrite by regular expression", set: rewrites, path: "/shop/1k", size: 1 << 10, connections: 64},
	{name: "h1 1 KB, rewrite and sticky cookie", set: sessions, path: "/shop/1k", size: 1 << 10, connections: 64, session: true},
	{name: "h1 1 KB, rewrite, CORS, rate limit, sticky cookie", set: typical, path: "/shop/1k", size: 1 << 10, connections: 64, session: true},
	{name: "h1 1 KB, auth subrequest", set: asking, path: "/shop/1k", size: 1 << 10, connections: 64},
	{name: "h1 1 KB, 1,000 hosts", set: thousand, path: "/1k", size: 1 << 10, connections: 64, full: true},
	{
		name: "configuration swapped under load, 1,000 hosts", kind: swaps, set: thousand, path: "/1k", size: 1 << 10, connections: 64,
		length: 5 * time.Second, every: 500 * time.Millisecond, full: true,
	},
	{name: "h1 1 KB, 10,000 hosts", set: tenfold, path: "/1k", size: 1 << 10, connections: 64},
	{
		name: "configuration swapped under load, 10,000 hosts", kind: swaps, set: tenfold, path: "/1k", size: 1 << 10, connections: 64,
		length: 10 * time.Second, every: 2 * time.Second,
	},
	{name: "h1 1 KB, two cores", set: twoCores, path: "/1k", size: 1 << 10, connections: 64, full: true},
	{name: "tls 1 KB, two cores", set: twoCores, path: "/1k", size: 1 << 10, connections: 64, tls: true, full: true},
}

// bulk says that bytes are moved, and no answers counted.
func (c *testCase) bulk() bool { return c.kind == upload || c.kind == download || c.kind == tunnel }

// below says that no HTTP is spoken.
func (c *testCase) below() bool { return c.kind == upload || c.kind == download || c.kind == datagrams }

// unit is what processor time is divided by.
func (c *testCase) unit() string {
	if c.bulk() {
		return "MB"
	}
	switch c.kind {
	case datagrams:
		return "datagram"
	case websocket:
		return "message"
	case handshakes, resumptions:
		return "handshake"
	default:
		return "request"
	}
}

// settings are those of the wanted cases, in order of their first case.
func settings(list []testCase) []setting {
	var out []setting
	for _, c := range list {
		if !slices.Contains(out, c.set) {
			out = append(out, c.set)
		}
	}
	return out
}

// browserHead is what a browser sends beside Host and Connection.
var browserHead = [][2]string{
	{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"},
	{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
	{"Accept-Language", "en-GB,en;q=0.9,ko;q=0.8"},
	{"Accept-Encoding", "gzip, deflate, br, zstd"},
	{"Referer", "https://bench.example/shop/items?page=1"},
	{"Cookie", "session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes; ab=17"},
	{"Sec-Fetch-Dest", "document"},
	{"Sec-Fetch-Mode", "navigate"},
	{"Sec-Fetch-Site", "same-origin"},
	{"Upgrade-Insecure-Requests", "1"},
	{"Cache-Control", "max-age=0"},
}

// app is the site that requests with CORS come from.
const app = "https://app.example"

// host is the name that all proxies serve.
const host = "bench.example"
