//go:build !unix

package cli

import (
	"context"
	"net"

	"github.com/gwanmun/gwanmun/internal/local"
)

// replaceable is ctx: this system cannot hand sockets over to another process.
func replaceable(ctx context.Context, _ streams, _ *local.Server, _ *net.TCPListener) (context.Context, func()) {
	return ctx, func() {}
}
