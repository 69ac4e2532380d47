package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/escapes"
)

// A file of the corpus begins with a sentence about its class. Then come cases:
//
//	== title
//	GET / HTTP/1.1           lines end in CRLF, but one that ends in a backslash
//	A: {x*100}\x00           text may repeat, bytes may be escaped: \r \n \t \xHH \\ \{
//	                         every line up to the first "->" counts, the empty ones too
//	!pause 20ms              wait before the rest is sent
//	!read                    wait for an answer before the rest is sent
//	!end                     close the sending side
//	-> nginx: 400            what must become of it: [WHO[,WHO]: ]STATUS WORDS
//	-> alb: 200 close body=hello
//
// want.go says what WHO, STATUS and WORDS may be. In cases of class response the bytes are the target's; the request is
// GET /r HTTP/1.1 unless a line "!request METHOD TARGET" says otherwise. frames.go says what cases of class http2 are.
type hostileCase struct {
	class, title string
	steps        []step
	wants        []want
	// request is what is asked where the bytes are an answer.
	request string
	// frames are the lines of a case of HTTP/2.
	frames []string
}

// step is one part of what is sent.
type step struct {
	send  []byte
	pause time.Duration
	// read waits for an answer, end closes the sending side, reset breaks the connection off.
	read, end, reset bool
}

// readCorpus reads all classes of a kind, in order.
func readCorpus(root string) ([]*hostileCase, error) {
	files, err := filepath.Glob(filepath.Join(root, "*", "*.txt"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []*hostileCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		class := filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, part := range strings.Split("\n"+string(text), "\n== ")[1:] {
			c, err := readCase(class, part)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			all = append(all, c)
		}
	}
	return all, nil
}

func readCase(class, part string) (*hostileCase, error) {
	title, rest, _ := strings.Cut(part, "\n")
	c := &hostileCase{class: class, title: title, request: "GET /r"}
	fail := func(err error) (*hostileCase, error) { return nil, fmt.Errorf("%q: %w", title, err) }
	for _, line := range strings.Split(rest, "\n") {
		if text, ok := strings.CutPrefix(line, "-> "); ok {
			w, err := readWant(text)
			if err != nil {
				return fail(err)
			}
			c.wants = append(c.wants, w)
			continue
		}
		if len(c.wants) > 0 {
			if line != "" {
				return fail(fmt.Errorf("text behind what is required: %q", line))
			}
			continue
		}
		var err error
		if strings.HasPrefix(class, "http2/") {
			c.frames = append(c.frames, line)
		} else if word, ok := strings.CutPrefix(line, "!"); ok {
			err = c.directive(word)
		} else {
			err = c.text(line)
		}
		if err != nil {
			return fail(err)
		}
	}
	if len(c.wants) == 0 {
		return fail(fmt.Errorf("nothing is required"))
	}
	return c, nil
}

func (c *hostileCase) directive(line string) error {
	word, argument, _ := strings.Cut(line, " ")
	switch word {
	case "pause":
		d, err := time.ParseDuration(argument)
		c.steps = append(c.steps, step{pause: d})
		return err
	case "read":
		c.steps = append(c.steps, step{read: true})
	case "end":
		c.steps = append(c.steps, step{end: true})
	case "reset":
		c.steps = append(c.steps, step{reset: true})
	case "request":
		c.request = argument
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

// text adds a line to what is sent.
func (c *hostileCase) text(line string) error {
	line, open := strings.CutSuffix(line, `\`)
	b, err := escapes.Undo(line)
	if err != nil {
		return err
	}
	if !open {
		b = append(b, "\r\n"...)
	}
	if n := len(c.steps); n > 0 && c.steps[n-1].send != nil {
		c.steps[n-1].send = append(c.steps[n-1].send, b...)
		return nil
	}
	c.steps = append(c.steps, step{send: b})
	return nil
}

// input is everything that is sent.
func (c *hostileCase) input() []byte {
	var all []byte
	for _, s := range c.steps {
		all = append(all, s.send...)
	}
	return all
}

// name is for messages.
func (c *hostileCase) name() string { return c.class + ": " + c.title }
