package listen

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/forward"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// QUIC is a socket of UDP beside that of a listener with TLS, on its way to the driver of HTTP/3, which owns it.
type QUIC struct {
	Conn *net.UDPConn
	// Local is its address, Port the listener's in the model.
	Local netip.AddrPort
	Port  uint16
	// Listener returns the listener to decide the next request with; nil when there is none that speaks HTTP/3.
	Listener func() *compile.Listener
	// Forwarder serves the requests; Date is the value of Date for responses without one; Clock is the Forwarder's.
	Forwarder *forward.Forwarder
	Date      func() []byte
	Clock     *wire.Clock
	// Admit counts a connection of a client in, and says whether there is room for it; Dismiss counts it out again.
	Admit   func(client netip.Addr) bool
	Dismiss func(client netip.Addr)
}

// altSvcAge is for how long clients may remember that there is HTTP/3, in seconds: a day, as in most servers.
const altSvcAge = "86400"

// openQUIC opens the socket of UDP that belongs to one of TCP, when HTTP/3 is wanted and its listener may speak it. That it
// cannot be opened is logged and no more: nothing but HTTP/3 is missing then.
func (k *socket) openQUIC() {
	s := k.set
	if s.options.HTTP3 == nil || k.quicListener() == nil {
		return
	}
	conn, err := s.bindUDP(k.asked.quicName(), k.bound)
	if err == nil {
		k.stopQUIC, err = s.options.HTTP3(&QUIC{
			Conn: conn, Local: k.bound, Port: uint16(k.asked.Port), Listener: k.quicListener, Forwarder: s.options.Forwarder,
			Date: func() []byte { return s.date.now(s.options.Clock) }, Clock: s.options.Clock,
			Admit: k.admit, Dismiss: k.dismiss,
		})
	}
	if err != nil {
		s.options.Logger.Warn("HTTP/3 is not served", "listener", k.bound.String(), "error", err)
		return
	}
	k.quic = conn
	k.altSvc = []byte(`h3=":` + strconv.Itoa(int(cmp.Or(s.options.HTTP3Port, uint16(k.asked.Port)))) + `"; ma=` + altSvcAge)
}

// quicListener is the socket's listener when it may speak HTTP/3: an ELB knows none, and client certificates are asked for
// on TCP only.
func (k *socket) quicListener() *compile.Listener {
	site := k.current()
	if site == nil {
		return nil
	}
	l := site.listener
	if l.Dialect != model.DialectNginx || !l.TLS() || l.ClientAuth != nil {
		return nil
	}
	return l
}

// closeQUIC ends what openQUIC began: requests that run may end until the connections of the Set are cut.
func (k *socket) closeQUIC() {
	if k.stopQUIC == nil {
		return
	}
	k.set.tasks.Go(func() { k.stopQUIC(k.set.life) })
}

// announce has responses on a connection tell the client of HTTP/3.
func (k *socket) announce(info *exchange.Conn) {
	if k.altSvc != nil && k.quicListener() != nil {
		info.AltSvc = k.altSvc
	}
}
