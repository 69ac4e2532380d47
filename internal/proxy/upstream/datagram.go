package upstream

import (
	"context"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// carriesDatagrams says whether flows of datagrams reach target groups of a protocol.
func carriesDatagrams(p model.TargetProtocol) bool {
	switch p {
	case model.TargetUDP, model.TargetTCPUDP, model.TargetQUIC, model.TargetTCPQUIC:
		return true
	}
	return false
}

// OpenDatagrams makes a socket for one flow of datagrams, connected to the target, so that nothing else arrives on it and
// the target's refusals do. It counts as one request that lasts as long as the flow. When the target's time is over the
// socket is closed. The error is a *DialError.
func (t *Target) OpenDatagrams(ctx context.Context, within time.Duration) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r := t.group.registry
	t.outstanding.Add(1)
	t.requests.Add(1)
	socket, err := r.options.Dial(ctx, "udp", t.address)
	if err != nil {
		t.errors.Add(1)
		t.refused.Add(1)
		t.leave()
		return nil, &DialError{Address: t.address, Timeout: timedOut(ctx, err), Err: err}
	}
	c := &Conn{Conn: socket, Target: t, socket: socket, born: r.options.Now(), flow: true}
	t.liveMu.Lock()
	t.live[c] = struct{}{}
	t.liveMu.Unlock()
	return c, nil
}
