package listen

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// TestAConnectionThatIsOldEnoughEndsAfterItsNextAnswer has a client that asks every half minute: an ELB ends its connection by
// client_keep_alive.seconds, an hour unless said otherwise, and never in the middle of anything.
func TestAConnectionThatIsOldEnoughEndsAfterItsNextAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newSlowRig(t, model.DialectELB, model.HTTP)
		c := r.connect(true)
		const request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
		sent := c.drip(request, 30*time.Second, 200)
		after, answer := c.over()
		r.close()
		answers, closes := strings.Count(answer, "HTTP/1.1 200 OK"), strings.Count(answer, "Connection: close")
		if after < time.Hour || after > time.Hour+time.Minute {
			t.Errorf("the connection ended after %v", after)
		}
		if closes != 1 || !strings.Contains(answer[strings.LastIndex(answer, "HTTP/1.1"):], "Connection: close") {
			t.Errorf("%d of %d answers say that the connection ends", closes, answers)
		}
		if answers < 120 || answers > sent {
			t.Errorf("%d answers to %d requests", answers, sent)
		}
	})
}
