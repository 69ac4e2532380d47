package servicenlb

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// tellQUIC says what AWS does not let stand beside a listener for QUIC: security groups, IPv6, another such listener, and
// listeners for other datagrams. Our own data plane serves all of it, so that it is no reason to leave anything out.
func (w *work) tellQUIC() {
	quic, other := 0, false
	for i := range w.lb.Listeners {
		switch w.lb.Listeners[i].Protocol {
		case model.QUIC, model.TCPQUIC:
			quic++
		case model.UDP, model.TCPUDP:
			other = true
		}
	}
	if quic == 0 {
		return
	}
	var reasons []string
	for _, r := range []struct {
		holds bool
		text  string
	}{
		{len(w.lb.SecurityGroups) > 0, "the load balancer has security groups"},
		{w.lb.IPAddressType == model.Dualstack, "it has addresses of IPv6"},
		{quic > 1, "it has more than one listener for QUIC"},
		{other, "it has listeners for UDP"},
	} {
		if r.holds {
			reasons = append(reasons, r.text)
		}
	}
	if len(reasons) > 0 {
		w.say(diag.NLBQUICRefused, fieldOf(nlb.QUICPorts), diag.A("reason", strings.Join(reasons, ", ")))
	}
}
