package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// answer is a response as a strict client reads it.
type answer struct {
	status int
	fields []string
	body   []byte
	// close says that it announced the end of the connection, cut that it did not come to its end.
	close, cut bool
	interim    []int
	// wrong says what a strict client minds.
	wrong []string
}

// get is the value of the first field of that name.
func (a *answer) get(name string) (string, bool) {
	for _, f := range a.fields {
		if n, v, _ := strings.Cut(f, ":"); strings.EqualFold(n, name) {
			return strings.TrimSpace(v), true
		}
	}
	return "", false
}

func (a *answer) String() string {
	body := fmt.Sprintf("%.60q", a.body)
	if a.cut {
		body += " (cut)"
	}
	connection := "kept"
	if a.close {
		connection = "closed"
	}
	return strings.Join(append([]string{fmt.Sprintf("%d %s, connection %s", a.status, body, connection)}, a.wrong...), "; ")
}

// errNothing means that no answer begins.
var errNothing = errors.New("no answer")

// readAnswer reads one final answer and the interim ones before it.
func readAnswer(in *bufio.Reader, method string) (*answer, error) {
	a := &answer{}
	for {
		if _, err := in.Peek(1); err != nil {
			return nil, errors.Join(errNothing, err)
		}
		if err := a.head(in); err != nil {
			return a, err
		}
		if a.status >= 200 || a.status == 101 {
			break
		}
		a.interim = append(a.interim, a.status)
	}
	return a, a.readBody(in, method)
}

func (a *answer) head(in *bufio.Reader) error {
	line, err := a.line(in)
	if err != nil {
		return err
	}
	if len(line) < 12 || line[:9] != "HTTP/1.1 " && line[:9] != "HTTP/1.0 " {
		a.wrong = append(a.wrong, fmt.Sprintf("status line %.60q", line))
		return errors.New("no HTTP")
	}
	if a.status, err = strconv.Atoi(line[9:12]); err != nil {
		return err
	}
	a.fields = nil
	for {
		if line, err = a.line(in); err != nil || line == "" {
			return err
		}
		name, _, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(name, " \t") {
			a.wrong = append(a.wrong, fmt.Sprintf("field %.60q", line))
		}
		a.fields = append(a.fields, line)
	}
}

func (a *answer) line(in *bufio.Reader) (string, error) {
	b, err := in.ReadBytes('\n')
	if err != nil {
		a.cut = true
		return "", err
	}
	body, ended := bytes.CutSuffix(b, []byte("\r\n"))
	if !ended || bytes.ContainsAny(body, "\r\n\x00") {
		a.wrong = append(a.wrong, fmt.Sprintf("line %.60q", b))
	}
	return string(bytes.TrimRight(body, "\r\n")), nil
}

// all are the values of a field.
func (a *answer) all(name string) []string {
	var out []string
	for _, f := range a.fields {
		if n, v, _ := strings.Cut(f, ":"); strings.EqualFold(n, name) {
			out = append(out, strings.TrimSpace(v))
		}
	}
	return out
}

func (a *answer) readBody(in *bufio.Reader, method string) error {
	lengths, codings := a.all("Content-Length"), a.all("Transfer-Encoding")
	if len(lengths)+len(codings) > 1 {
		a.wrong = append(a.wrong, "more than one framing")
	}
	a.close = strings.Contains(strings.ToLower(strings.Join(a.all("Connection"), ",")), "close")
	if method == "HEAD" || a.status == 204 || a.status == 304 || a.status == 101 {
		return nil
	}
	var err error
	switch {
	case len(codings) > 0:
		a.body, err = a.chunks(in)
	case len(lengths) > 0:
		n, bad := strconv.Atoi(lengths[0])
		if bad != nil {
			a.wrong = append(a.wrong, "length "+lengths[0])
			return bad
		}
		var all bytes.Buffer
		_, err = io.CopyN(&all, in, int64(n))
		a.body = all.Bytes()
	default:
		a.close = true
		a.body, err = io.ReadAll(in)
		a.cut = err != nil
		return nil // the end of the connection is its end; a reset shows as a cut
	}
	a.cut = err != nil
	return err
}

func (a *answer) chunks(in *bufio.Reader) ([]byte, error) {
	var all bytes.Buffer
	for {
		line, err := a.line(in)
		if err != nil {
			return all.Bytes(), err
		}
		n, err := strconv.ParseInt(line, 16, 63)
		if err != nil {
			a.wrong = append(a.wrong, fmt.Sprintf("chunk size %.40q", line))
			return all.Bytes(), err
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(&all, in, n); err != nil {
			return all.Bytes(), err
		}
		if line, err = a.line(in); err != nil || line != "" {
			return all.Bytes(), errors.Join(err, errors.New("chunk without end"))
		}
	}
	for {
		line, err := a.line(in)
		if err != nil || line == "" {
			return all.Bytes(), err
		}
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
