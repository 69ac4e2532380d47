package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/testkit/escapes"
)

// want is what must become of a case at some listeners. In text:
//
//	[WHO[,WHO]: ]STATUS[|STATUS] WORDS
//
// WHO is nginx, monitor, defensive, strictest (the latter three are alb together); without it all are meant that have no
// line of their own; peer adds what others may do besides. STATUS is a number, "none" (the connection ends without an answer) or "wait" (nothing comes, and the
// connection stays open); with HTTP/2 also "reset" or "reset:CODE" (RST_STREAM) and "goaway" or "goaway:CODE".
//
// An answer of 400 and above must end the connection, unless "keep" is said. One of 200 must have come from the target,
// which must have seen one whole request. WORDS say more:
//
//	close keep     the client's connection must end, or must carry another request
//	own            the target's connection must not be used again
//	answers=2      so many answers come on the connection
//	sees=2         so many whole requests arrive at the target (default 1 for 200, else 0)
//	partial        a request that breaks off may arrive as well
//	rest           what was sent does not end with a request: nothing more is asked on the connection
//	cut            the client must be able to tell that the body is not complete
//	body= length= line= host= has= lacks= framing=    the first request at the target; framing is length, chunked or none
//	says=          the body of the answer; field= and nofield= its fields
//	stream=3       with HTTP/2: which stream is meant (default 1)
type want struct {
	who    []string
	status []string
	words  []word
	text   string
}

type word struct{ key, value string }

var knownWords = strings.Fields(`close keep own answers sees partial rest cut body length line host has lacks framing says field
	nofield stream`)

func readWant(text string) (want, error) {
	w := want{text: text}
	if who, rest, ok := strings.Cut(text, ": "); ok && !strings.ContainsAny(who, " =\"|") {
		w.who, text = strings.Split(who, ","), rest
	}
	first := true
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		end := strings.IndexAny(text, " \"")
		value := ""
		switch {
		case end < 0:
			end = len(text)
		case text[end] == '"':
			n := strings.IndexByte(text[end+1:], '"')
			if n < 0 {
				return w, fmt.Errorf("quote without end in %q", w.text)
			}
			value = text[end+1 : end+1+n]
			text = text[:end] + text[end+n+2:]
		}
		key, plain, _ := strings.Cut(text[:end], "=")
		text = text[end:]
		if first {
			w.status, first = strings.Split(key, "|"), false
			continue
		}
		if !slices.Contains(knownWords, key) {
			return w, fmt.Errorf("unknown word %q in %q", key, w.text)
		}
		b, err := escapes.Undo(plain + value)
		if err != nil {
			return w, err
		}
		w.words = append(w.words, word{key, string(b)})
	}
	if first {
		return w, fmt.Errorf("no status in %q", w.text)
	}
	return w, nil
}

// has says whether a word was given.
func (w *want) has(key string) bool {
	return slices.ContainsFunc(w.words, func(x word) bool { return x.key == key })
}

// number is the value of a word, or what it is without one.
func (w *want) number(key string, otherwise int) int {
	for _, x := range w.words {
		if x.key == key {
			n, err := strconv.Atoi(x.value)
			if err == nil {
				return n
			}
		}
	}
	return otherwise
}

// waits says whether nothing must come.
func (w *want) waits() bool { return slices.Contains(w.status, "wait") }

// status is the last answer's, 0 for none.
func (o *outcome) status() int {
	if n := len(o.answers); n > 0 {
		return o.answers[n-1].status
	}
	return 0
}

// sees is how many whole requests must arrive at the target.
func (w *want) sees(o *outcome) int {
	if len(o.answers) > 0 && (o.answers[0].status == 200 || o.answers[0].status == 101) {
		return w.number("sees", 1)
	}
	return w.number("sees", 0)
}

// closes says whether the client's connection must end.
func (w *want) closes(o *outcome) bool {
	return w.has("close") || !w.has("keep") && o.status() >= 400
}

// wantsFor returns what is required of somebody: the lines that name them, else those that name a group of theirs, in
// the order of names.
func (c *hostileCase) wantsFor(names ...string) []*want {
	for _, name := range names {
		var out []*want
		for i := range c.wants {
			w := &c.wants[i]
			if slices.Contains(w.who, name) || name == "all" && len(w.who) == 0 {
				out = append(out, w)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}
