//go:build !linux

package relay

import (
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// spliced says that this platform moves bytes from socket to socket without reading them.
const spliced = false

func splice(*side, *side, *atomic.Uint64) (n int64, at *side, err error) { return 0, nil, errNoSplice }

// CopyPorts is for platforms with event loops.
func CopyPorts(wire.Port, wire.Port, time.Duration) (int64, error) { return 0, errNoSplice }

// CloseFreePipes has nothing to close.
func CloseFreePipes() {}
