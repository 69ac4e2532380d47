package telemetry

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// network are the series of one network load balancer's listeners of one protocol.
type network struct {
	label, protocol string
	secure          bool
	connections     Connections
	bytes           atomic.Uint64
	resets          [exchange.ResetByBalancer + 1]atomic.Uint64 // by who reset
	// clientTLS and targetTLS count handshakes that failed.
	clientTLS, targetTLS atomic.Uint64
	// noPort counts flows for which no port was left towards a target.
	noPort atomic.Uint64
	lcus   window
	// datagrams are the flows that have no connection.
	datagrams exchange.Datagrams
}

func networkKey(lb string, p model.ListenerProtocol) string { return lb + " " + string(p) }

// network are the series of a listener's connections; those of a port that takes datagrams too are TCP's.
func (m *Metrics) network(l *compile.NetworkListener) *network {
	p := model.TCP
	if l.TLS() {
		p = model.TLS
	}
	return m.networkOf(l, p)
}

func (m *Metrics) networkOf(l *compile.NetworkListener, p model.ListenerProtocol) *network {
	return m.networks.get(networkKey(l.LoadBalancer, p), func() *network {
		return &network{
			label: string(appendNetwork(nil, l)), protocol: strings.ToLower(string(p)), secure: l.TLS(),
		}
	})
}

// Datagrams returns the counters of a network load balancer's datagrams, to be kept by whoever forwards them.
func (m *Metrics) Datagrams(l *compile.NetworkListener) *exchange.Datagrams {
	p := model.UDP
	if l.QUIC() {
		p = model.QUIC
	}
	return &m.networkOf(l, p).datagrams
}

// Flows returns the counters of a network load balancer's client connections, to be kept by whoever accepts them.
func (m *Metrics) Flows(l *compile.NetworkListener) *Connections { return &m.network(l).connections }

// FlowBytes counts the bytes of a network load balancer's connections; whoever moves them adds to it.
func (m *Metrics) FlowBytes(l *compile.NetworkListener) *atomic.Uint64 { return &m.network(l).bytes }

// ObserveFlow counts a connection to a network load balancer that has ended.
func (m *Metrics) ObserveFlow(l *compile.NetworkListener, f *exchange.Flow) {
	n := m.network(l)
	n.resets[f.Reset].Add(1)
	if f.HandshakeFailed {
		n.clientTLS.Add(1)
	}
	if f.TargetTLSFailed {
		n.targetTLS.Add(1)
	}
	if f.NoPort {
		n.noPort.Add(1)
	}
}

// appendNetwork appends "net/<name>/<16 hex digits>".
func appendNetwork(b []byte, l *compile.NetworkListener) []byte {
	return appendResource(b, "net/", l.Name, l.LoadBalancer)
}

// appendFlow appends a line of a network load balancer's access log, version 2.0. Fields about what nobody knows when the
// handshake failed are "-".
func (l *AccessLog) appendFlow(b []byte, listener *compile.NetworkListener, f *exchange.Flow) []byte {
	c := f.Conn
	b = appendPlain(append(b, "tls 2.0 "...), f.End)
	b = appendNetwork(append(b, ' '), listener)
	b = appendHex(append(b, ' '), digits(listener.LoadBalancer+" "+strconv.Itoa(int(listener.Port))))
	b = c.Remote.AppendTo(append(b, ' '))
	b = c.Local.AppendTo(append(b, ' '))
	b = strconv.AppendInt(append(b, ' '), f.End.Sub(f.Start).Milliseconds(), 10)
	b = append(b, ' ')
	if c.TLS != nil {
		b = strconv.AppendInt(b, f.Handshake.Milliseconds(), 10)
	} else {
		b = append(b, '-')
	}
	b = strconv.AppendInt(append(b, ' '), f.BytesIn, 10)
	b = strconv.AppendInt(append(b, ' '), f.BytesOut, 10)
	b = append(b, ' ')
	if f.Alert != 0 {
		b = strconv.AppendUint(b, uint64(f.Alert), 10)
	} else {
		b = append(b, '-')
	}
	b = appendBare(append(b, ' '), c.Certificate)
	b = append(b, " - "...)
	if t := c.TLS; t != nil {
		b = append(b, exchange.CipherName(t.CipherSuite)...)
		b = append(b, ' ')
		b = append(b, flowVersion(t.Version)...)
		b = append(b, ' ')
		b = appendGroup(b, t.CurveID)
		b = append(b, ' ')
		b = appendBare(b, t.ServerName)
		b = appendBare(append(b, ' '), t.NegotiatedProtocol)
	} else {
		b = append(b, "- - - - -"...)
	}
	b = appendBare(append(b, ' '), f.TargetProtocol)
	b = appendOffered(append(b, ' '), f.Offered)
	return appendPlain(append(b, ' '), f.Start)
}

// flowVersion is a TLS version as network load balancers write it: tlsv13.
func flowVersion(version uint16) string {
	return strings.ToLower(strings.ReplaceAll(exchange.TLSVersionName(version), ".", ""))
}

// appendOffered appends the protocols that a client offered: "h2","http/1.1".
func appendOffered(b []byte, offered []string) []byte {
	if len(offered) == 0 {
		return append(b, '-')
	}
	for i, p := range offered {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendBare(append(b, '"'), p), '"')
	}
	return b
}

// appendFlowJSON appends everything that is known of a flow as one object.
func (l *AccessLog) appendFlowJSON(b []byte, listener *compile.NetworkListener, f *exchange.Flow) []byte {
	c := f.Conn
	o := object{append(b, '{')}
	o.key("time")
	o.b = append(l.clock.appendISO(append(o.b, '"'), f.End), '"')
	text(&o, "loadBalancer", listener.LoadBalancer)
	o.number("port", int64(listener.Port))
	o.key("peer")
	o.b = append(c.Remote.AppendTo(append(o.b, '"')), '"')
	if t := c.TLS; t != nil {
		text(&o, "tls", exchange.TLSVersionName(t.Version))
		text(&o, "cipher", exchange.CipherName(t.CipherSuite))
		text(&o, "serverName", t.ServerName)
		text(&o, "alpn", t.NegotiatedProtocol)
	}
	text(&o, "certificate", c.Certificate)
	text(&o, "targetGroup", f.Group)
	text(&o, "target", f.Target)
	text(&o, "targetALPN", f.TargetProtocol)
	o.number("bytesIn", f.BytesIn)
	o.number("bytesOut", f.BytesOut)
	for _, d := range []struct {
		name string
		span time.Duration
	}{{"seconds", f.End.Sub(f.Start)}, {"handshakeSeconds", f.Handshake}} {
		o.key(d.name)
		o.b = appendSeconds(o.b, d.span)
	}
	text(&o, "resetBy", f.Reset.String())
	text(&o, "error", f.Error)
	return append(o.b, '}')
}
