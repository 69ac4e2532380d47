package forwardelb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxHeaders is the length of all request fields beyond which a trace field is not kept but made anew.
const maxHeaders = 7 << 10

var xTrace = []byte("X-Amzn-Trace-Id")

type trace struct{}

// NewTrace makes the early step that settles X-Amzn-Trace-Id and x.RequestID, its root.
func NewTrace() exchange.Filter { return trace{} }

// Request writes the field. Without one, or with one that has no Root, a Root is made; one with a Root gets a Self in
// front, or its Self a new value; its other fields stay.
func (trace) Request(x *exchange.Exchange) exchange.Verdict {
	size := 0
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		size += len(f.Name) + len(f.Value)
	}
	was, _ := x.Request.Header.Get("X-Amzn-Trace-Id")
	if size > maxHeaders {
		was = nil
	}
	from, to := traceField(was, "Root")
	if from < 0 {
		put(x, newRoot(x, was))
		return exchange.Continue
	}
	x.RequestID = was[from:to]
	from, to = traceField(was, "Self")
	put(x, x.Build(func(b []byte) []byte {
		if from < 0 {
			b = append(appendTraceField(b, "Self=", x), ';')
			return append(b, was...)
		}
		b = append(b, was[:from]...)
		b = appendTraceField(b, "", x)
		return append(b, was[to:]...)
	}))
	return exchange.Continue
}

// put sets the field. From clients of HTTP/2, whose names are in lower case, it gets the spelling of its own; others keep
// theirs.
func put(x *exchange.Exchange, value []byte) {
	if x.Request.Proto >= exchange.HTTP2 {
		x.Request.Header.Del("X-Amzn-Trace-Id")
		x.Request.Header.Add(xTrace, value)
		return
	}
	x.Request.Header.Put(xTrace, value)
}

// newRoot makes a trace with a Root in front of what the client sent without one.
func newRoot(x *exchange.Exchange, was []byte) []byte {
	root := 0
	made := x.Build(func(b []byte) []byte {
		start := len(b)
		b = appendTraceField(b, "Root=", x)
		root = len(b) - start
		if len(was) > 0 {
			b = append(b, ';')
			b = append(b, was...)
		}
		return b
	})
	x.RequestID = made[len("Root="):root]
	return made
}

// traceField finds where the value of a field of a trace stands: "Root=1-...;Self=1-...". from is -1 without one.
func traceField(trace []byte, name string) (from, to int) {
	for at := 0; at < len(trace); {
		end := len(trace)
		if i := bytes.IndexByte(trace[at:], ';'); i >= 0 {
			end = at + i
		}
		for at < end && (trace[at] == ' ' || trace[at] == '\t') {
			at++
		}
		if value := at + len(name) + 1; value <= end && trace[value-1] == '=' && exchange.EqualFold(trace[at:value-1], name) {
			return value, end
		}
		at = end + 1
	}
	return -1, -1
}

// appendTraceField appends a name and "1-<seconds, 8 hex>-<24 random hex>".
func appendTraceField(b []byte, name string, x *exchange.Exchange) []byte {
	var raw [16]byte
	binary.BigEndian.PutUint32(raw[:4], uint32(x.Start.Unix()))
	binary.BigEndian.PutUint32(raw[4:8], uint32(x.Random[0]))
	binary.BigEndian.PutUint64(raw[8:], x.Random[1])
	b = append(b, name...)
	b = append(b, '1', '-')
	b = hex.AppendEncode(b, raw[:4])
	b = append(b, '-')
	return hex.AppendEncode(b, raw[4:])
}
