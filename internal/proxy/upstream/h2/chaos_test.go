package h2

import (
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// TestAnyFramesOfATargetAreSurvived has a target send frames at random, most of them nonsense. Nothing may panic or hang,
// and every stream has to come to an end.
func TestAnyFramesOfATargetAreSurvived(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 2))
		c, x := pair(t, Options{Idle: 50 * time.Millisecond})
		_ = x.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: random.Uint32N(70_000)})
		var work sync.WaitGroup
		for i := range 4 {
			if !c.Reserve() {
				break
			}
			st := c.Open(Request{Block: []byte{0x82, 0x84, 0x87, 0x41, 0x01, 'a'}, End: i%2 == 0, Within: 300 * time.Millisecond, Stall: 300 * time.Millisecond})
			work.Go(func() {
				sent := make(chan bool)
				go func() {
					defer close(sent)
					if i%2 == 1 {
						_ = st.Write(make([]byte, 50_000))
					}
				}()
				_, _, _ = answer(st)
				st.Cancel()
				<-sent
				st.Close()
			})
		}
		for range random.IntN(40) {
			x.anything(random)
		}
		if random.IntN(2) == 0 {
			_ = x.conn.Close()
		}
		go func() { _, _ = io.Copy(io.Discard, x.conn) }()
		work.Wait()
		_ = x.conn.Close()
	}
}

// anything writes one frame, more often on a stream that was opened than not.
func (x *target) anything(random *rand.Rand) {
	id := uint32(2*random.IntN(5) + 1)
	payload := make([]byte, random.IntN(300))
	for i := range payload {
		payload[i] = byte(random.Uint32())
	}
	switch random.IntN(12) {
	case 0, 1:
		x.head(id, random.IntN(3) == 0, ":status", "200")
	case 2, 3:
		_ = x.WriteData(id, random.IntN(4) == 0, payload)
	case 4:
		_ = x.WriteWindowUpdate(id*uint32(random.IntN(2)), 1+random.Uint32N(100_000))
	case 5:
		_ = x.WriteRSTStream(id, http2.ErrCode(random.IntN(14)))
	case 6:
		_ = x.WriteSettings(http2.Setting{ID: http2.SettingID(random.IntN(9)), Val: random.Uint32N(1 << 20)})
	case 7:
		_ = x.WritePing(random.IntN(2) == 0, [8]byte{})
	case 8:
		x.head(id, random.IntN(2) == 0, "x", "y")
	case 9:
		x.head(id, false, ":status", "103")
	case 10:
		_ = x.WriteRawFrame(http2.FrameType(random.IntN(12)), http2.Flags(random.IntN(256)), id, payload)
	case 11:
		_ = x.WriteGoAway(id, http2.ErrCodeNo, nil)
	}
}
