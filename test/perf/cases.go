package main

// testCase is one kind of traffic.
type testCase struct {
	name string
	// path is asked for at the origin, which answers size bytes of body.
	path string
	size int64
	// connections are kept alive; streams is per connection of HTTP/2.
	connections, streams int
	tls, h2              bool
	// browser sends the head of a browser, about 700 bytes.
	browser bool
}

var cases = []testCase{
	{name: "h1 1 KB", path: "/1k", size: 1 << 10, connections: 64},
	{name: "h1 1 KB browser head", path: "/1k", size: 1 << 10, connections: 64, browser: true},
	{name: "h1 10 KB", path: "/10k", size: 10 << 10, connections: 64},
	{name: "h1 1 MB", path: "/1m", size: 1 << 20, connections: 16},
	{name: "h1 1 MB chunked", path: "/1mc", size: 1 << 20, connections: 16},
	{name: "tls 1 KB", path: "/1k", size: 1 << 10, connections: 64, tls: true},
	{name: "tls 1 MB", path: "/1m", size: 1 << 20, connections: 16, tls: true},
	{name: "h2 1 KB", path: "/1k", size: 1 << 10, connections: 16, streams: 32, tls: true, h2: true},
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

// host is the name that all proxies serve.
const host = "bench.example"
