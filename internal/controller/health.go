package controller

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// healthLoop serves probes and metrics.
func (c *Controller) healthLoop(ctx context.Context) error {
	muxes := map[string]*http.ServeMux{}
	at := func(address string) *http.ServeMux {
		if muxes[address] == nil {
			muxes[address] = http.NewServeMux()
		}
		return muxes[address]
	}
	if c.o.Health != "" {
		c.addProbes(at(c.o.Health))
	}
	if c.o.Metrics != "" {
		at(c.o.Metrics).Handle("GET /metrics", promhttp.HandlerFor(c.o.Registry, promhttp.HandlerOpts{}))
	}
	var servers []*http.Server
	defer func() {
		for _, s := range servers {
			_ = s.Close() // nobody waits for probes
		}
	}()
	for address, mux := range muxes {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listening for probes and metrics: %w", err)
		}
		s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, s)
		go func() {
			if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				c.o.Logger.Error("serving probes and metrics", "error", err)
			}
		}()
	}
	<-ctx.Done()
	return nil
}

// addProbes adds /healthz, which holds as long as the process does its work, and /readyz, which holds once everything has
// been read and served for the first time and until the controller is told to stop.
func (c *Controller) addProbes(mux *http.ServeMux) {
	answer := func(ok func() bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if !ok() {
				http.Error(w, "not ready", http.StatusServiceUnavailable)
				return
			}
			_, _ = w.Write([]byte("ok\n")) // a probe that went away needs no answer
		}
	}
	mux.HandleFunc("GET /healthz", answer(func() bool { return !c.closing() }))
	mux.HandleFunc("GET /readyz", answer(func() bool { return c.isReady() && !c.closing() }))
}
