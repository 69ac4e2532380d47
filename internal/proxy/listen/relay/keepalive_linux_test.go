package relay_test

import (
	"net"
	"testing"
	"time"
)

func TestKeepAlivesOfEitherPeerKeepAFlow(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"client", "target"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			alive := net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 9}
			h := newHouse(t, plan{idle: 2500 * time.Millisecond, targets: []string{target(t, func(c *net.TCPConn) {
				if who == "target" {
					c.SetKeepAliveConfig(alive)
				}
				for {
					line, err := readLine(c)
					if err != nil {
						return
					}
					c.Write([]byte(line + "\n"))
				}
			})}})
			c := h.dial()
			if who == "client" {
				c.SetKeepAliveConfig(alive)
			} else {
				c.SetKeepAlive(false)
			}
			h.ask(c, "hello")
			time.Sleep(6 * time.Second)
			if got := h.ask(c, "still there"); got != "still there" {
				t.Errorf("got %q", got)
			}
		})
	}
}
