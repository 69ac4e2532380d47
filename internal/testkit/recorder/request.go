package recorder

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// reading is one request being read.
type reading struct {
	in      *bufio.Reader
	q       *Request
	options *Options

	hosts, lengths, codings int
	length                  int64
}

func (q *Request) complain(format string, args ...any) {
	q.Wrong = append(q.Wrong, fmt.Sprintf(format, args...))
}

// request reads head and body. Complaints do not end it, unless there is no way to go on.
func (r *reading) request() error {
	line, err := r.line()
	if err != nil {
		return err
	}
	r.requestLine(line)
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		r.field(line)
	}
	r.judge()
	if r.codings > 0 {
		r.q.Chunked = true
		return r.chunks()
	}
	return r.take(r.length)
}

// line reads up to a LF and complains about everything but CR LF at the end and visible bytes before.
func (r *reading) line() (string, error) {
	var all []byte
	for {
		piece, err := r.in.ReadSlice('\n')
		all = append(all, piece...)
		if err == bufio.ErrBufferFull && len(all) < 1<<20 {
			continue
		}
		if err != nil {
			return "", errBroken
		}
		break
	}
	body, ended := bytes.CutSuffix(all, []byte("\r\n"))
	if !ended {
		body = bytes.TrimSuffix(all, []byte("\n"))
		r.q.complain("line ended by LF alone: %.80q", all)
	}
	for _, c := range body {
		if c < ' ' && c != '\t' || c == 0x7f {
			r.q.complain("control byte %#02x in a line: %.80q", c, all)
			break
		}
	}
	return string(body), nil
}

func (r *reading) requestLine(line string) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 {
		r.q.complain("request line %.120q", line)
		r.q.Method, r.q.Target = parts[0], strings.Join(parts[1:], " ")
		return
	}
	r.q.Method, r.q.Target = parts[0], parts[1]
	if parts[2] != "HTTP/1.1" {
		r.q.complain("version %.40q", parts[2])
	}
	if !token(parts[0]) || len(parts[0]) > 64 {
		r.q.complain("method %.80q", parts[0])
	}
	switch strings.ToUpper(parts[0]) {
	case "TRACE", "TRACK", "CONNECT", "PRI":
		r.q.complain("method %s is not for targets", parts[0])
	}
	if parts[1] == "" || parts[1][0] != '/' {
		r.q.complain("target not in origin form: %.80q", parts[1])
	}
	if strings.ContainsAny(parts[1], "\t#") {
		r.q.complain("byte in the target: %.80q", parts[1])
	}
}

// hopByHop are fields that end at a proxy (RFC 9110 section 7.6.1), and Expect, which it answers itself.
const hopByHop = " keep-alive proxy-connection te expect http2-settings proxy proxy-authenticate "

func (r *reading) field(line string) {
	q := r.q
	if line[0] == ' ' || line[0] == '\t' {
		q.complain("folded line %.80q", line)
		return
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok || !token(name) {
		q.complain("field %.80q", line)
		return
	}
	value = strings.Trim(value, " \t")
	q.Fields = append(q.Fields, Field{name, value})
	switch lower := fold(name); {
	case lower == "host":
		r.hosts++
		q.Host = value
		if !authority(value) {
			q.complain("Host %.80q", value)
		}
	case lower == "content-length":
		r.lengths++
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 || !digits(value) {
			q.complain("Content-Length %.80q", value)
			return
		}
		r.length = n
	case lower == "transfer-encoding":
		r.codings++
		if value != "chunked" {
			q.complain("Transfer-Encoding %.80q", value)
		}
	case strings.Contains(hopByHop, " "+lower+" "):
		q.complain("a field that ends at a proxy: %.80q", line)
	case lower != "connection" && lower != "upgrade":
		r.lookAlike(lower, line)
		r.owned(lower, value, line)
	}
}

// judge looks at the head as a whole.
func (r *reading) judge() {
	q := r.q
	if r.hosts != 1 {
		q.complain("%d Host fields", r.hosts)
	}
	if r.lengths+r.codings > 1 {
		q.complain("%d Content-Length and %d Transfer-Encoding fields", r.lengths, r.codings)
	}
	upgrade, upgrades := q.Get("upgrade")
	for _, f := range q.Fields {
		if fold(f.Name) != "connection" {
			continue
		}
		for _, m := range members(f.Value) {
			if m != "close" && m != "keep-alive" && m != "upgrade" {
				q.complain("Connection nominates %.80q", m)
			}
		}
	}
	if announced, ok := q.Get("trailer"); ok {
		r.announced(announced)
	}
	switch {
	case upgrades && (upgrade != "websocket" || q.Method != "GET" || !q.wants("connection", "upgrade")):
		q.complain("Upgrade %.80q on %s", upgrade, q.Method)
	case !upgrades && q.wants("connection", "upgrade"):
		q.complain("Connection: upgrade without Upgrade")
	case upgrades && r.lengths+r.codings > 0 && (r.length > 0 || r.codings > 0):
		q.complain("Upgrade with a body")
	}
}

// announced judges Trailer, which makes sense with chunks only, and only for fields that may be trailers.
func (r *reading) announced(list string) {
	if r.codings == 0 {
		r.q.complain("Trailer without chunks: %.80q", list)
	}
	for _, name := range members(list) {
		if noTrailer(name) {
			r.q.complain("Trailer announces %.80q", name)
		}
	}
}

// noTrailer says whether a field must not be a trailer: it concerns the message, a connection or who is asking.
func noTrailer(lower string) bool {
	return lower == "host" || lower == "content-length" || lower == "transfer-encoding" || lower == "connection" ||
		lower == "authorization" || lower == "upgrade" || lower == "trailer" || lower == "cookie" ||
		strings.HasPrefix(lower, "x-forwarded-") || strings.Contains(hopByHop, " "+lower+" ")
}

// lookedFor are the names that others must not look like.
var lookedFor = []string{
	"content-length", "transfer-encoding", "host", "connection", "upgrade", "te", "trailer", "expect", "proxy", "x-forwarded-for",
	"x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-real-ip", "x-request-id", "x-forwarded-scheme",
	"x-scheme", "authorization", "forwarded", "true-client-ip",
}

func (r *reading) lookAlike(lower, line string) {
	reduced := squeeze(lower)
	for _, name := range lookedFor {
		if reduced == squeeze(name) && lower != name {
			r.q.complain("a field that looks like %s: %.80q", name, line)
		}
	}
}

func (r *reading) owned(lower, value, line string) {
	if r.options.Forged == "" || !strings.Contains(value, r.options.Forged) {
		return
	}
	for _, name := range r.options.Owned {
		if prefix, ok := strings.CutSuffix(name, "*"); ok && strings.HasPrefix(squeeze(lower), squeeze(prefix)) || lower == name {
			r.q.complain("the client's own %.80q", line)
		}
	}
}

// take reads n bytes of body.
func (r *reading) take(n int64) error {
	for n > 0 {
		_, err := r.in.Peek(1)
		if err != nil {
			return errBroken
		}
		piece, _ := r.in.Peek(int(min(n, int64(r.in.Buffered())))) // they are there
		r.q.Length += int64(len(piece))
		if room := keepBody - len(r.q.Body); room > 0 {
			r.q.Body = append(r.q.Body, piece[:min(room, len(piece))]...)
		}
		n -= int64(len(piece))
		if _, err := r.in.Discard(len(piece)); err != nil {
			return errBroken
		}
	}
	return nil
}

// chunks reads a chunked body. Extensions and trailers are complaints: nothing of the kind is the proxy's to send.
func (r *reading) chunks() error {
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(line, 16, 63)
		if err != nil || line[0] == '+' || line[0] == '-' || len(line) > 16 {
			r.q.complain("chunk size %.80q", line)
			return errBroken
		}
		if n == 0 {
			break
		}
		if err := r.take(n); err != nil {
			return err
		}
		var end [2]byte
		if _, err := io.ReadFull(r.in, end[:]); err != nil {
			return errBroken
		}
		if end != [2]byte{'\r', '\n'} {
			r.q.complain("%q behind a chunk", end)
			return errBroken
		}
	}
	for {
		line, err := r.line()
		if err != nil || line == "" {
			return err
		}
		r.trailer(line)
	}
}

// trailer takes plain trailers, but none that concerns the message or the proxy.
func (r *reading) trailer(line string) {
	name, value, ok := strings.Cut(line, ":")
	lower := fold(name)
	switch {
	case !ok || !token(name):
		r.q.complain("trailer %.80q", line)
	case noTrailer(lower):
		r.q.complain("a trailer that must not be one: %.80q", line)
	default:
		r.lookAlike(lower, line)
		r.owned(lower, value, line)
	}
}
