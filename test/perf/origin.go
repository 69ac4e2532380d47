package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"strconv"
)

// runOrigin serves canned answers as cheaply as Go's net package allows: one read and one write per request. "/head"
// gives the request's own head back, so that a run can check what a proxy sends.
func runOrigin(args []string) error {
	flags := flag.NewFlagSet("origin", flag.ContinueOnError)
	address := flags.String("listen", "127.0.0.1:0", "address")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	answers := cannedAnswers()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go serveOrigin(c, answers)
	}
}

func cannedAnswers() map[string][]byte {
	answers := map[string][]byte{}
	for path, size := range map[string]int{"/100": 100, "/1k": 1 << 10, "/10k": 10 << 10, "/1m": 1 << 20} {
		head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + strconv.Itoa(size) + "\r\n\r\n"
		answers[path] = append([]byte(head), bytes.Repeat([]byte("x"), size)...)
	}
	chunked := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
	for range 64 {
		chunked = append(append(append(chunked, "4000\r\n"...), bytes.Repeat([]byte("x"), 16<<10)...), "\r\n"...)
	}
	answers["/1mc"] = append(chunked, "0\r\n\r\n"...)
	return answers
}

func serveOrigin(c net.Conn, answers map[string][]byte) {
	defer c.Close()
	buf := make([]byte, 16<<10)
	have := 0
	for {
		end := bytes.Index(buf[:have], []byte("\r\n\r\n"))
		if end < 0 {
			n, err := c.Read(buf[have:])
			if err != nil || have+n == len(buf) {
				return
			}
			have += n
			continue
		}
		head := buf[:end+4]
		answer := answerTo(head, answers)
		if _, err := c.Write(answer); err != nil {
			return
		}
		have = copy(buf, buf[end+4:have])
	}
}

func answerTo(head []byte, answers map[string][]byte) []byte {
	if rest, ok := bytes.CutPrefix(head, []byte("GET ")); ok {
		if i := bytes.IndexByte(rest, ' '); i > 0 {
			if a := answers[string(rest[:i])]; a != nil {
				return a
			}
			if string(rest[:i]) == "/head" {
				return []byte("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(head)) + "\r\n\r\n" + string(head))
			}
		}
	}
	return []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
}
