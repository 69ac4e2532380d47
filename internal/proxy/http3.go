package proxy

import (
	"context"

	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/h3"
)

// http3 is what serves HTTP/3, nil when it is not wanted.
func (o *Options) http3() (func(*listen.QUIC) (func(context.Context), error), error) {
	if !o.HTTP3 {
		return nil, nil
	}
	return h3.New(h3.Options{
		Logger: o.Logger, Handshake: o.Timeouts.Handshake, Body: o.Timeouts.Body, Stall: o.Timeouts.Stall,
		BodyRate: o.Timeouts.BodyRate, Grace: o.Timeouts.Grace,
	}).Serve, nil
}
