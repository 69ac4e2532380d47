package telemetry

import (
	"strconv"
	"sync/atomic"
	"time"
)

// stamps keeps the text of the current second, because nearly all lines of a moment share it.
type stamps struct {
	local, utc atomic.Pointer[stamp]
}

type stamp struct {
	second int64
	text   []byte
}

func cached(p *atomic.Pointer[stamp], t time.Time, layout string) []byte {
	s := p.Load()
	if second := t.Unix(); s == nil || s.second != second {
		s = &stamp{second, t.AppendFormat(nil, layout)}
		p.Store(s)
	}
	return s.text
}

// appendLocal appends nginx's $time_local.
func (s *stamps) appendLocal(b []byte, t time.Time, in *time.Location) []byte {
	return append(b, cached(&s.local, t.In(in), "02/Jan/2006:15:04:05 -0700")...)
}

// appendISO appends ISO 8601 with microseconds, in UTC.
func (s *stamps) appendISO(b []byte, t time.Time) []byte {
	t = t.UTC()
	b = append(b, cached(&s.utc, t, "2006-01-02T15:04:05.")...)
	return append(appendPadded(b, int64(t.Nanosecond()/1000), 6), 'Z')
}

// appendPlain appends ISO 8601 without a fraction and without a zone, in UTC.
func appendPlain(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, "2006-01-02T15:04:05") }

// appendSeconds appends a duration as seconds with milliseconds: 0.014.
func appendSeconds(b []byte, d time.Duration) []byte {
	ms := max(d, 0).Milliseconds()
	b = strconv.AppendInt(b, ms/1000, 10)
	return appendPadded(append(b, '.'), ms%1000, 3)
}

// appendPadded appends a number with leading zeros; what does not fit into the width is cut off at its front.
func appendPadded(b []byte, n int64, width int) []byte {
	const most = "00000000000000000000"
	b = append(b, most[:width]...)
	u := uint64(max(n, 0))
	for i := len(b) - 1; u > 0 && i >= len(b)-width; i-- {
		q := u / 10
		b[i] = byte('0' + u - 10*q)
		u = q
	}
	return b
}
