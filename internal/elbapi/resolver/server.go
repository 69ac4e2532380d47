package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// DefaultSuffix is what names end in when nothing else is said.
const DefaultSuffix = "sslip.io"

// ttl is how long answers may be kept, in seconds. The address is part of the name, so they never become wrong.
const ttl = 300

// Server answers questions until it is closed.
type Server struct {
	udp, tcp *dns.Server
	address  net.Addr
	done     sync.WaitGroup
}

// Listen starts a server on an address such as 127.0.0.1:5353, for UDP and TCP; port 0 takes a free one. Names end in one of the
// suffixes, or in DefaultSuffix.
func Listen(address string, suffixes ...string) (*Server, error) {
	suffixes = append([]string{DefaultSuffix}, suffixes...)
	packets, stream, err := sockets(address)
	if err != nil {
		return nil, fmt.Errorf("DNS on %s: %w", address, err)
	}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		_ = w.WriteMsg(answer(q, suffixes)) // a client that is gone does not wait
	})
	s := &Server{
		udp:     &dns.Server{PacketConn: packets, Handler: handler},
		tcp:     &dns.Server{Listener: stream, Handler: handler, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second},
		address: packets.LocalAddr(),
	}
	for _, server := range []*dns.Server{s.udp, s.tcp} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		s.done.Go(func() { _ = server.ActivateAndServe() }) // it ends when it is shut down
		<-started
	}
	return s, nil
}

// sockets takes the same port for UDP and TCP.
func sockets(address string) (net.PacketConn, net.Listener, error) {
	var failed error
	for range 10 { // a port that is free for UDP may be taken for TCP
		packets, err := net.ListenPacket("udp", address)
		if err != nil {
			return nil, nil, err
		}
		stream, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, stream, nil
		}
		failed = err
		if err := packets.Close(); err != nil {
			return nil, nil, err
		}
		if _, port, err := net.SplitHostPort(address); err != nil || port != "0" {
			break
		}
	}
	return nil, nil, failed
}

// Address is where it listens.
func (s *Server) Address() string { return s.address.String() }

// Close stops answering.
func (s *Server) Close(ctx context.Context) error {
	err := errors.Join(s.udp.ShutdownContext(ctx), s.tcp.ShutdownContext(ctx))
	s.done.Wait()
	return err
}

// answer answers one question: A with the address, other types of a name with an address with nothing, names without one do
// not exist, and other suffixes are refused.
func answer(q *dns.Msg, suffixes []string) *dns.Msg {
	out := new(dns.Msg)
	if q.Opcode != dns.OpcodeQuery || len(q.Question) != 1 || q.Question[0].Qclass != dns.ClassINET {
		return out.SetRcode(q, dns.RcodeRefused)
	}
	question := q.Question[0]
	for _, suffix := range suffixes {
		address, below := Address(question.Name, suffix)
		if !below {
			continue
		}
		out.SetReply(q)
		out.Authoritative = true
		switch {
		case !address.IsValid():
			out.Rcode = dns.RcodeNameError
		case question.Qtype == dns.TypeA || question.Qtype == dns.TypeANY:
			head := dns.RR_Header{Name: question.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: ttl}
			out.Answer = []dns.RR{&dns.A{Hdr: head, A: address.AsSlice()}}
		}
		return out
	}
	return out.SetRcode(q, dns.RcodeRefused)
}
