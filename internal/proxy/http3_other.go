//go:build !http3

package proxy

import (
	"context"
	"errors"

	"github.com/gwanmun/gwanmun/internal/proxy/listen"
)

var errNoHTTP3 = errors.New("serve HTTP/3: this binary was built without it (build with -tags http3)")

// http3 fails when HTTP/3 is wanted: it is not in this binary.
func (o *Options) http3() (func(*listen.QUIC) (func(context.Context), error), error) {
	if o.HTTP3 {
		return nil, errNoHTTP3
	}
	return nil, nil
}
