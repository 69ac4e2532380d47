package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// textWidth is how long a line may get by joining a list or a small member of a list on it.
const textWidth = 100

// fingerprintForm is a secret that has been replaced before: it stays as it is.
var fingerprintForm = regexp.MustCompile(`^<(secret [0-9a-f]{8}|PEM [A-Z0-9 ]+)>$`)

type printer struct {
	b       bytes.Buffer
	secrets bool
	cases   bool
}

func (p *printer) document(v reflect.Value) []byte {
	if isZero(v) {
		return []byte("{}\n")
	}
	p.fields(v, 0, 0)
	return p.b.Bytes()
}

// fields prints the members of a struct, one per line; the first is indented by first, so that it can follow a dash.
func (p *printer) fields(v reflect.Value, indent, first int) {
	for _, f := range fieldsOf(v.Type()) {
		m := v.Field(f.index)
		if isZero(m) {
			continue
		}
		p.spaces(first)
		first = indent
		p.b.WriteString(quoteKey(f.name) + ":")
		p.value(m, f.secret, indent)
	}
}

// value prints what follows "name:", line break included.
func (p *printer) value(v reflect.Value, secret bool, indent int) {
	if v.Kind() == reflect.Pointer {
		if v = v.Elem(); isZero(v) {
			p.b.WriteString(" {}\n")
			return
		}
	}
	if v.Kind() == reflect.Struct {
		if flow, ok := p.flow(v, false); ok && p.column()+len(flow) < textWidth && strings.Count(flow, ": ") <= 4 {
			p.b.WriteString(" " + flow + "\n")
			return
		}
		p.b.WriteByte('\n')
		p.fields(v, indent+2, indent+2)
		return
	}
	if v.Kind() == reflect.Slice && !isBytes(v.Type()) {
		p.list(v, indent)
		return
	}
	if s := p.text(v, secret); isLiteral(s) {
		p.literal(s, indent+2)
		return
	}
	p.b.WriteString(" " + p.scalar(v, secret, false) + "\n")
}

func (p *printer) list(v reflect.Value, indent int) {
	if isPair(v.Type().Elem()) && keysDiffer(v) {
		p.b.WriteByte('\n')
		secret := fieldsOf(v.Type().Elem())[1].secret
		for i := range v.Len() {
			p.spaces(indent + 2)
			key, value := v.Index(i).Field(0), v.Index(i).Field(1)
			p.b.WriteString(quoteKey(key.String()) + ": " + p.scalar(value, secret, false) + "\n")
		}
		return
	}
	if flow, ok := p.flow(v, false); ok && v.Type().Elem().Kind() != reflect.Struct && p.column()+len(flow) < textWidth {
		p.b.WriteString(" " + flow + "\n")
		return
	}
	p.b.WriteByte('\n')
	for i := range v.Len() {
		p.item(v.Index(i), indent+2)
	}
}

// item prints one member of a list after its dash.
func (p *printer) item(v reflect.Value, indent int) {
	p.spaces(indent)
	p.b.WriteString("- ")
	if v.Kind() != reflect.Struct {
		p.b.WriteString(p.scalar(v, false, false) + "\n")
		return
	}
	if flow, ok := p.flow(v, false); ok && p.column()+len(flow) <= textWidth {
		p.b.WriteString(flow + "\n")
		return
	}
	p.fields(v, indent+2, 0)
}

// flow prints a value on one line: scalars, lists of scalars, structs of such. It says no to anything deeper.
func (p *printer) flow(v reflect.Value, secret bool) (string, bool) {
	var pieces []string
	switch {
	case v.Kind() == reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			m := v.Field(f.index)
			if isZero(m) {
				continue
			}
			if m.Kind() == reflect.Struct || m.Kind() == reflect.Slice && m.Type().Elem().Kind() == reflect.Struct {
				return "", false
			}
			s, ok := p.flow(m, f.secret)
			if !ok {
				return "", false
			}
			pieces = append(pieces, quoteKey(f.name)+": "+s)
		}
		return "{" + strings.Join(pieces, ", ") + "}", true
	case v.Kind() == reflect.Pointer:
		return "", false
	case v.Kind() == reflect.Slice && !isBytes(v.Type()):
		for i := range v.Len() {
			s, ok := p.flow(v.Index(i), secret)
			if !ok {
				return "", false
			}
			pieces = append(pieces, s)
		}
		return "[" + strings.Join(pieces, ", ") + "]", true
	}
	return p.scalar(v, secret, true), !isLiteral(p.text(v, secret))
}

func (p *printer) scalar(v reflect.Value, secret, flow bool) string {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	}
	return quote(p.text(v, secret), flow)
}

// text is a string or byte slice as it may be shown; other kinds have none.
func (p *printer) text(v reflect.Value, secret bool) string {
	var s string
	switch {
	case v.Kind() == reflect.String:
		s = v.String()
	case isBytes(v.Type()):
		s = string(v.Bytes())
	}
	if p.cases && isBytes(v.Type()) {
		if block, _ := pem.Decode([]byte(s)); block != nil {
			return "<PEM " + block.Type + ">"
		}
	}
	if secret && !p.secrets && s != "" && !fingerprintForm.MatchString(s) {
		sum := sha256.Sum256([]byte(s))
		return fmt.Sprintf("<secret %x>", sum[:4])
	}
	return s
}

func (p *printer) literal(s string, indent int) {
	if body, ok := strings.CutSuffix(s, "\n"); ok {
		s = body
		p.b.WriteString(" |\n")
	} else {
		p.b.WriteString(" |-\n")
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line != "" {
			p.spaces(indent)
		}
		p.b.WriteString(line + "\n")
	}
}

// column is the length of the line so far.
func (p *printer) column() int { return p.b.Len() - 1 - bytes.LastIndexByte(p.b.Bytes(), '\n') }

func (p *printer) spaces(n int) {
	for range n {
		p.b.WriteByte(' ')
	}
}

// keysDiffer says whether a list of pairs can be a map: no key twice, and none that is not UTF-8.
func keysDiffer(v reflect.Value) bool {
	seen := make(map[string]bool, v.Len())
	for i := range v.Len() {
		key := v.Index(i).Field(0).String()
		if seen[key] || !utf8.ValidString(key) {
			return false
		}
		seen[key] = true
	}
	return true
}
