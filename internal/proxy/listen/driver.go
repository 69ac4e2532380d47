package listen

import (
	"fmt"
	"os"
	"runtime"
)

// Driver is what moves the bytes of connections that speak plain HTTP/1.1. All others have a goroutine each.
type Driver string

// Drivers. They answer alike; they differ in what that costs.
const (
	// Goroutines gives each connection a goroutine. It works on all platforms.
	Goroutines Driver = "goroutines"
	// EventLoop puts connections and those to their targets on event loops, one for each processor: less work per
	// request and less memory per idle connection. Only Linux has it.
	EventLoop Driver = "loop"
)

// LoopStats is what one event loop has done: events of the kernel, turns of connections and tasks, waits with nothing to do,
// connections that it gave to goroutines. Sockets are those on it now, of clients and of targets.
type LoopStats struct {
	Events, Turns, Parks, Left uint64
	Sockets                    int64
}

// Loops tells of the event loops, in their order; nil with the goroutine driver, and before the first connection.
func (s *Set) Loops() []LoopStats { return s.loops.stats() }

// DriverVariable is the environment variable that names the driver where nobody else does.
const DriverVariable = "GWANMUN_DRIVER"

// ParseDriver reads the name of a driver. An empty one is what the environment says (DriverVariable), else the best that
// the platform has.
func ParseDriver(name string) (Driver, error) {
	if name == "" {
		name = os.Getenv(DriverVariable)
	}
	switch d := Driver(name); {
	case name == "":
		return defaultDriver, nil
	case d == EventLoop && !loopOffered:
		return "", fmt.Errorf("there is no driver %q on %s, only %q", name, runtime.GOOS, Goroutines)
	case d == EventLoop, d == Goroutines:
		return d, nil
	}
	return "", fmt.Errorf("there is no driver %q: take %q or %q", name, Goroutines, EventLoop)
}
