package listen

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// recorder is a target that reads requests by the letter of RFC 9112 and notes everything that is not.
type recorder struct {
	mu       sync.Mutex
	requests []string
	broken   int
	wrong    []string
}

func (r *recorder) complain(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// take returns and forgets what was noted.
func (r *recorder) take() (requests []string, broken int, wrong []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	requests, broken, wrong = r.requests, r.broken, r.wrong
	r.requests, r.broken, r.wrong = nil, 0, nil
	return requests, broken, wrong
}

// start begins to listen.
func (r *recorder) start(t *testing.T) string {
	return rawBackend(t, func(_ int, c net.Conn) {
		in := bufio.NewReaderSize(c, 256<<10)
		for {
			line, err := r.request(in)
			if err == io.EOF {
				return
			}
			r.mu.Lock()
			if err != nil {
				r.broken++
			} else {
				r.requests = append(r.requests, line)
			}
			r.mu.Unlock()
			if err != nil {
				return
			}
			if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); err != nil {
				return
			}
		}
	})
}

var errBroken = errors.New("broken off")

// request reads one request. io.EOF means that there is none; errBroken that it broke off.
func (r *recorder) request(in *bufio.Reader) (string, error) {
	line, err := r.line(in)
	if err != nil {
		if line == "" {
			return "", io.EOF
		}
		return "", errBroken
	}
	parts := strings.Split(line, " ")
	if len(parts) != 3 || parts[2] != "HTTP/1.1" || parts[0] == "" || !visible(parts[1]) {
		r.complain("request line %q", line)
	}
	length, chunked, hosts, lengths := int64(0), 0, 0, 0
	upgrade, connection := "", ""
	for {
		field, err := r.line(in)
		if err != nil {
			return "", errBroken
		}
		if field == "" {
			break
		}
		name, value, ok := strings.Cut(field, ":")
		if !ok || !token(name) || strings.ContainsAny(value, "\r\n\x00") {
			r.complain("field %q", field)
		}
		value = strings.TrimSpace(value)
		switch lower := strings.ToLower(name); lower {
		case "host":
			hosts++
		case "content-length":
			lengths++
			if length, err = strconv.ParseInt(value, 10, 64); err != nil || length < 0 {
				r.complain("length %q", value)
			}
		case "transfer-encoding":
			chunked++
			if value != "chunked" {
				r.complain("encoding %q", value)
			}
		case "connection":
			connection += strings.ToLower(value)
		case "upgrade":
			upgrade = value
		case "expect", "te", "trailer", "http2-settings", "proxy-connection", "keep-alive", "proxy":
			r.complain("forbidden field %q", field)
		default:
			squeezed := strings.Map(func(c rune) rune {
				if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
					return c
				}
				return -1
			}, lower)
			if squeezed == "contentlength" || squeezed == "transferencoding" || squeezed == "host" {
				r.complain("look-alike field %q", field)
			}
		}
	}
	if hosts != 1 || lengths+chunked > 1 {
		r.complain("%d Host, %d lengths, %d encodings in %q", hosts, lengths, chunked, line)
	}
	if upgrade != "" && (upgrade != "websocket" || connection != "upgrade") || strings.Contains(connection, "settings") {
		r.complain("upgrade %q, connection %q", upgrade, connection)
	}
	if chunked > 0 {
		return line, r.chunks(in)
	}
	if _, err := io.CopyN(io.Discard, in, length); err != nil {
		return "", errBroken
	}
	return line, nil
}

func (r *recorder) chunks(in *bufio.Reader) error {
	for {
		size, err := r.line(in)
		if err != nil {
			return errBroken
		}
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil || n < 0 {
			r.complain("chunk size %q", size)
			return errBroken
		}
		if _, err := io.CopyN(io.Discard, in, n); err != nil {
			return errBroken
		}
		end, err := r.line(in)
		if err != nil {
			return errBroken
		}
		if end != "" {
			r.complain("%q behind a chunk", end)
		}
		if n == 0 {
			return nil
		}
	}
}

// line reads one line that ends in CRLF.
func (r *recorder) line(in *bufio.Reader) (string, error) {
	b, err := in.ReadBytes('\n')
	if err != nil {
		return string(b), err
	}
	if !bytes.HasSuffix(b, []byte("\r\n")) || bytes.IndexByte(b[:len(b)-2], '\r') >= 0 {
		r.complain("line %q", b)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return s != ""
}

func token(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
