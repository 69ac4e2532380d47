package route

import (
	"bytes"
	"strings"
)

// globKind tells the cheap forms from the general one.
type globKind uint8

const (
	globExact  globKind = iota // no wildcard
	globPrefix                 // one "*", at the end
	globSuffix                 // one "*", at the start
	globPieces                 // anything else
)

// glob is a compiled glob.
type glob struct {
	kind globKind
	// text is the literal part of the cheap forms, without escapes.
	text string
	// pieces are what stands between the stars of the general form.
	pieces []piece
	fold   bool
}

// piece is a run of literal bytes and single-byte wildcards (anyByte).
type piece []uint16

const anyByte = 0x100

// compileGlob never fails: every text is a glob. A backslash at the very end is itself.
func compileGlob(pattern string, fold bool) glob {
	pieces := []piece{{}}
	literal := true
	for i := 0; i < len(pattern); i++ {
		last := len(pieces) - 1
		c := pattern[i]
		switch {
		case c == '*':
			pieces = append(pieces, piece{})
			continue
		case c == '?':
			pieces[last] = append(pieces[last], anyByte)
			literal = false
			continue
		case c == '\\' && i+1 < len(pattern):
			i++
			c = pattern[i]
		}
		if fold {
			c = lower(c)
		}
		pieces[last] = append(pieces[last], uint16(c))
	}
	g := glob{kind: globPieces, pieces: pieces, fold: fold}
	switch {
	case literal && len(pieces) == 1:
		g.kind, g.text, g.pieces = globExact, pieces[0].literal(), nil
	case literal && len(pieces) == 2 && len(pieces[1]) == 0:
		g.kind, g.text, g.pieces = globPrefix, pieces[0].literal(), nil
	case literal && len(pieces) == 2 && len(pieces[0]) == 0:
		g.kind, g.text, g.pieces = globSuffix, pieces[1].literal(), nil
	}
	return g
}

func (p piece) literal() string {
	var b strings.Builder
	for _, c := range p {
		b.WriteByte(byte(c))
	}
	return b.String()
}

// covers says whether the glob covers the whole text.
func (g *glob) covers(text []byte) bool {
	switch g.kind {
	case globExact:
		return len(text) == len(g.text) && g.same(text)
	case globPrefix:
		return len(text) >= len(g.text) && g.same(text[:len(g.text)])
	case globSuffix:
		return len(text) >= len(g.text) && g.same(text[len(text)-len(g.text):])
	}
	return g.coversPieces(text)
}

// same compares a text of g.text's length.
func (g *glob) same(text []byte) bool {
	if !g.fold {
		return string(text) == g.text
	}
	for i := range len(g.text) {
		if lower(text[i]) != g.text[i] {
			return false
		}
	}
	return true
}

// coversPieces anchors the first piece at the start and the last at the end, and takes the leftmost place for each one
// between, which is enough because what follows a star may start anywhere behind it.
func (g *glob) coversPieces(text []byte) bool {
	first, last := g.pieces[0], g.pieces[len(g.pieces)-1]
	if len(text) < len(first) || !first.at(text, g.fold) {
		return false
	}
	if len(g.pieces) == 1 {
		return len(text) == len(first)
	}
	text = text[len(first):]
	if len(text) < len(last) || !last.at(text[len(text)-len(last):], g.fold) {
		return false
	}
	text = text[:len(text)-len(last)]
	for _, p := range g.pieces[1 : len(g.pieces)-1] {
		i := p.find(text, g.fold)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return true
}

// at says whether the piece stands at the start of a text that is long enough.
func (p piece) at(text []byte, fold bool) bool {
	for i, want := range p {
		c := text[i]
		if fold {
			c = lower(c)
		}
		if want != anyByte && uint16(c) != want {
			return false
		}
	}
	return true
}

func (p piece) find(text []byte, fold bool) int {
	if len(p) == 0 {
		return 0
	}
	for i := 0; i+len(p) <= len(text); i++ {
		if p[0] != anyByte && !fold {
			next := bytes.IndexByte(text[i:len(text)-len(p)+1], byte(p[0]))
			if next < 0 {
				return -1
			}
			i += next
		}
		if p.at(text[i:], fold) {
			return i
		}
	}
	return -1
}
