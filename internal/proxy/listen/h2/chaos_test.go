package h2

import (
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// TestAnyFramesAreSurvived sends frames at random, most of them nonsense, to a listener with a real target. Nothing may
// panic, hang or be left over; the house looks for that when it closes.
func TestAnyFramesAreSurvived(t *testing.T) {
	h := build(t, plan{options: Options{Body: 100 * time.Millisecond, Stall: 100 * time.Millisecond, MaxStreams: 8}})
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 1))
		r := h.dial()
		read := make(chan struct{})
		go func() {
			defer close(read)
			for {
				if _, err := r.ReadFrame(); err != nil {
					return
				}
			}
		}()
		next := uint32(1)
		for range random.IntN(60) {
			r.anything(random, &next)
		}
		if random.IntN(2) == 0 {
			time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
		}
		_ = r.conn.NetConn().Close()
		<-read
	}
}

// anything writes one frame, more often on a stream that was opened than not.
func (r *raw) anything(random *rand.Rand, next *uint32) {
	id := uint32(random.IntN(int(*next)+3)) | 1
	payload := make([]byte, random.IntN(300))
	for i := range payload {
		payload[i] = byte(random.Uint32())
	}
	switch random.IntN(12) {
	case 0, 1, 2:
		r.headers(*next, random.IntN(2) == 0, r.usual())
		*next += 2
	case 3:
		_ = r.WriteData(id, random.IntN(3) == 0, payload)
	case 4:
		_ = r.WriteWindowUpdate(id*uint32(random.IntN(2)), 1+random.Uint32N(100_000))
	case 5:
		_ = r.WriteRSTStream(id, http2.ErrCodeCancel)
	case 6:
		_ = r.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: random.Uint32N(1 << 20)})
	case 7:
		_ = r.WritePing(random.IntN(2) == 0, [8]byte{})
	case 8:
		r.headers(id, random.IntN(2) == 0, r.fields("x", "y"))
	case 9:
		r.headers(*next, true, payload)
	case 10:
		_ = r.WriteRawFrame(http2.FrameType(random.IntN(12)), http2.Flags(random.IntN(256)), id, payload)
	case 11:
		_ = r.WriteGoAway(id, http2.ErrCodeNo, nil)
	}
}
