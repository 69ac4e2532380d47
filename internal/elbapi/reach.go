package elbapi

import (
	"net/http"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/front"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// Handler answers calls without a socket.
func (s *Server) Handler() http.Handler { return s.handler }

// URL is where the API is called; empty without a listener.
func (s *Server) URL() string {
	if s.listener == nil {
		return ""
	}
	return "http://" + s.listener.Addr().String()
}

// DNSAddress is where DNS is answered; empty if it is not.
func (s *Server) DNSAddress() string {
	if s.resolver == nil {
		return ""
	}
	return s.resolver.Address()
}

// Identity says whose AWS it is: region, account, partition.
func (s *Server) Identity() world.Identity { return s.world.Identity() }

// World is what stands around the load balancers.
func (s *Server) World() *world.World { return s.world }

// Store is the state of the load balancers.
func (s *Server) Store() *store.Store { return s.store }

// Traffic is what serves the load balancers.
func (s *Server) Traffic() *traffic.Traffic { return s.traffic }

// Faults are the rules by which calls go wrong.
func (s *Server) Faults() *fault.Set { return s.faults }

// Calls counts calls by service and operation since the start or the last ResetCalls.
func (s *Server) Calls() []front.Count { return s.handler.Calls() }

// ResetCalls begins counting at zero.
func (s *Server) ResetCalls() { s.handler.ResetCalls() }
