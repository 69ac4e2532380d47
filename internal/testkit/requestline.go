package testkit

import (
	"encoding/binary"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// request is one line of an http section, before the arrow:
//
//	METHOD URL [-H "Name: value"] [-T "Trailer: value"] [body=9MiB|"text"] [chunked] [pad=16KiB] [padurl=16KiB] [user=NAME:PASSWORD]
//	    [http1.0|http2|grpc] [sni=NAME] [jar=NAME] [bearer=CLAIMS] [times=N]
//
// and after it:
//
//	STATUS [from SERVICE[/POD]] [same|other] [KEY=VALUE|KEY~=PART|!KEY ...]
//
// where KEY is header[NAME], sent-trailer[NAME], path, host, method, proto, tls, tls-version or size (what the target saw),
// response[NAME], trailer[NAME], location, body or certificate (what the client got), log[FIELD] (its line in the access log,
// fields by AWS's or nginx's names, "line" for the whole), count[METRIC] (by how much a metric grew) or gauge[METRIC] (what it is).
// A request with trailers is chunked.
// grpc is an HTTP/2 request with a message of gRPC for its body. With times=N,
// mix[SERVICE]=LOW..HIGH or mix[SERVICE/POD]=LOW..HIGH counts answers. A jar is a client that keeps cookies; same and other
// compare the pod with the one that answered it before.
//
// With the option provider, bearer="NAME=VALUE;..." sends a token of the provider with these claims (see provider.Token), and
// the URL "location" is where the jar's last answer led to, at the provider or here.
//
// version, cipher, curve, alpn, cert and session say how the client speaks TLS (see tlsWish), connection[version|cipher|
// group|alpn|resumed|asked|authorities] what came of it. In place of a status, tls-failure says that no TLS connection may
// come about; alert~="..." then looks at the error.
//
// client, proxy and split say what lies below the request, and so does the scheme udp (see flowWish). In place of a status,
// reset, closed and silence say that nothing may be answered, and how that shows; leaves has the client close its connection
// before it is answered. line, nohost and cut are about the bytes of a request of HTTP/1 (see takeRaw).
//
// The status may be "any". A line that begins with "target" or "await" is no request but an order (see order).
type request struct {
	line    string
	method  string
	url     *url.URL
	target  string
	headers []string
	// trailers follow the body.
	trailers []string
	body     string
	chunked  bool
	proto    string
	sni      string
	times    int

	// jar names the client; compare is same, other or empty.
	jar, compare string
	// bearer says which token of the provider is sent; nil for none.
	bearer *string
	// tls is what the line says about TLS.
	tls tlsWish
	// flow is what it says about what lies below.
	flow flowWish
	// order is set in lines that are no requests.
	order *order

	status int
	from   string
	wants  []want
}

type want struct {
	key, op, value string
}

// readRequests reads a section; blank lines and comments are skipped.
func readRequests(text string) ([]*request, error) {
	var out []*request
	for _, line := range strings.Split(canonicalLines(text), "\n") {
		if line == "" {
			continue
		}
		r, err := readRequest(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func readRequest(line string) (*request, error) {
	words, err := split(line)
	if err != nil {
		return nil, err
	}
	if len(words) > 0 && (words[0] == orderTarget || words[0] == orderAwait) {
		o, err := readOrder(words)
		return &request{line: line, order: o}, err
	}
	arrow := -1
	for i, w := range words {
		if w == "->" {
			arrow = i
		}
	}
	if arrow < 2 || arrow+1 >= len(words) {
		return nil, fmt.Errorf("want METHOD URL, an arrow and a status")
	}
	r := &request{line: line, method: words[0], times: 1, proto: "http1.1"}
	if err := r.address(words[1]); err != nil {
		return nil, err
	}
	for i := 2; i < arrow; i++ {
		if words[i] == "-H" && i+1 < arrow {
			i++
			r.headers = append(r.headers, words[i])
			continue
		}
		if words[i] == "-T" && i+1 < arrow {
			i++
			r.trailers, r.chunked = append(r.trailers, words[i]), true
			continue
		}
		if err := r.argument(words[i]); err != nil {
			return nil, err
		}
	}
	if r.proto == "grpc" {
		r.call()
	}
	return r, r.expect(words[arrow+1:])
}

// address takes the URL apart and keeps path and query exactly as written.
func (r *request) address(text string) error {
	if text == whereTo {
		return nil
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme != "http" && scheme != "https" && scheme != "udp" {
		return fmt.Errorf("%q is no http, https or udp URL", text)
	}
	host, target := rest, "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, target = rest[:i], rest[i:]
	}
	if target[0] == '?' {
		target = "/" + target
	}
	r.url, r.target = &url.URL{Scheme: scheme, Host: host}, target
	return nil
}

func (r *request) argument(word string) error {
	key, value, _ := strings.Cut(word, "=")
	switch key {
	case "body":
		if n, err := size(value); err == nil {
			value = strings.Repeat("x", n)
		}
		r.body = value
	case "chunked":
		r.chunked = true
	case "pad", "padurl":
		n, err := size(value)
		if err != nil {
			return err
		}
		if key == "padurl" {
			r.target += "?" + strings.Repeat("x", n)
		} else {
			r.headers = append(r.headers, "X-Pad: "+strings.Repeat("x", n))
		}
	case "user":
		r.headers = append(r.headers, "Authorization: Basic "+basic(value))
	case "http1.0", "http2", "grpc":
		r.proto = key
	case "sni":
		r.sni = value
	case "jar":
		r.jar = value
	case "bearer":
		r.bearer = &value
	case "times":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of times", value)
		}
		r.times = n
	default:
		known, err := r.tls.take(key, value)
		if !known {
			known, err = r.flow.take(key, value)
		}
		if !known {
			err = fmt.Errorf("unknown argument %q of a request", word)
		}
		return err
	}
	return nil
}

// call makes a gRPC call of the request.
func (r *request) call() {
	r.proto = "http2"
	if !r.hasHeader("Content-Type") {
		r.headers = append(r.headers, "Content-Type: application/grpc")
	}
	r.headers = append(r.headers, "TE: trailers")
	r.body = string(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(r.body)))) + r.body
}

func (r *request) expect(words []string) error {
	n, err := strconv.Atoi(words[0])
	if r.tls.fails = words[0] == tlsFailure; r.tls.fails || r.flow.expects(words[0]) {
		err = nil
	}
	if words[0] == anyStatus {
		n, err = -1, nil
	}
	if err != nil {
		return fmt.Errorf("%q is no status", words[0])
	}
	r.status = n
	for i := 1; i < len(words); i++ {
		if words[i] == "from" && i+1 < len(words) {
			i++
			r.from = words[i]
			continue
		}
		if words[i] == same || words[i] == other {
			r.compare = words[i]
			continue
		}
		w, err := readWant(words[i])
		if err != nil {
			return err
		}
		r.wants = append(r.wants, w)
	}
	return nil
}

// anyStatus stands where the status does not matter.
const anyStatus = "any"

func readWant(word string) (want, error) {
	if key, ok := strings.CutPrefix(word, "!"); ok {
		return want{key: key, op: "!"}, nil
	}
	// Values may hold "=", names of fields may not.
	i := strings.IndexByte(word, '=')
	if i <= 0 {
		return want{}, fmt.Errorf("%q is no expectation", word)
	}
	w := want{key: word[:i], op: "=", value: word[i+1:]}
	if key, ok := strings.CutSuffix(w.key, "~"); ok {
		w.key, w.op = key, "~="
	}
	return w, nil
}

// split cuts a line at spaces; double quotes keep a piece together and may begin inside it.
func split(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	inside, started := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			inside, started = !inside, true
		case c == '\\' && inside && i+1 < len(line):
			i++
			word.WriteByte(line[i])
		case c == ' ' && !inside:
			if started || word.Len() > 0 {
				out = append(out, word.String())
				word.Reset()
				started = false
			}
		default:
			word.WriteByte(c)
		}
	}
	if inside {
		return nil, fmt.Errorf(`a closing " is missing`)
	}
	if started || word.Len() > 0 {
		out = append(out, word.String())
	}
	return out, nil
}

// size reads "9MiB", "16KiB" or "100B".
func size(text string) (int, error) {
	for suffix, unit := range map[string]int{"MiB": 1 << 20, "KiB": 1 << 10} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.Atoi(number)
			return n * unit, err
		}
	}
	number, ok := strings.CutSuffix(text, "B")
	if !ok {
		return 0, fmt.Errorf("%q is no size", text)
	}
	return strconv.Atoi(number)
}
