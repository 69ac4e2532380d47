package http2

import (
	"sync"

	h2 "golang.org/x/net/http2"
)

const (
	// HighWater is how much of a connection's output may wait to be written before streams have to wait too.
	HighWater = 40 << 10
	// gatherSpace holds what streams may add below HighWater, and some header blocks; more of those make a buffer of their
	// own.
	gatherSpace = 64 << 10
)

// Buffers is where the Outputs of many connections have their buffers from. The zero value is ready.
type Buffers struct{ pool sync.Pool }

// Output gathers frames that wait to be written in one piece. It has a buffer only while there are some, since a process
// has many connections that write nothing for long. It is ready with its Buffers.
type Output struct {
	Buffers *Buffers
	waiting []byte
}

// Len is how many bytes wait.
func (o *Output) Len() int { return len(o.waiting) }

// Take hands out what waits; Release gives it back once it is written.
func (o *Output) Take() []byte {
	b := o.waiting
	o.waiting = nil
	return b
}

// Release gives back what Take handed out.
func (o *Output) Release(b []byte) {
	if cap(b) == gatherSpace {
		o.Buffers.pool.Put((*[gatherSpace]byte)(b[:gatherSpace]))
	}
}

func (o *Output) space() []byte {
	if o.waiting != nil {
		return o.waiting
	}
	if b, ok := o.Buffers.pool.Get().(*[gatherSpace]byte); ok {
		return b[:0]
	}
	return new([gatherSpace]byte)[:0]
}

// Preface adds the beginning of a client's connection.
func (o *Output) Preface() { o.waiting = append(o.space(), h2.ClientPreface...) }

// Headers is AppendHeaders, and returns how many bytes that were.
func (o *Output) Headers(block []byte, stream uint32, end bool, maxFrame int) int {
	before := o.Len()
	o.waiting = AppendHeaders(o.space(), block, stream, end, maxFrame)
	return o.Len() - before
}

// Data is AppendData.
func (o *Output) Data(data []byte, stream uint32, end bool) {
	o.waiting = AppendData(o.space(), data, stream, end)
}

// Reset is AppendReset.
func (o *Output) Reset(stream uint32, code h2.ErrCode) {
	o.waiting = AppendReset(o.space(), stream, code)
}

// GoAway is AppendGoAway.
func (o *Output) GoAway(last uint32, code h2.ErrCode) {
	o.waiting = AppendGoAway(o.space(), last, code)
}

// WindowUpdate is AppendWindowUpdate.
func (o *Output) WindowUpdate(stream uint32, n int64) {
	o.waiting = AppendWindowUpdate(o.space(), stream, n)
}

// Ping adds a PING, or the answer to one.
func (o *Output) Ping(answer bool, data [8]byte) { o.waiting = AppendPing(o.space(), answer, data) }

// Settings is AppendSettings.
func (o *Output) Settings(settings ...h2.Setting) {
	o.waiting = AppendSettings(o.space(), settings...)
}

// SettingsAck is AppendSettingsAck.
func (o *Output) SettingsAck() { o.waiting = AppendSettingsAck(o.space()) }
