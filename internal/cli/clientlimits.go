package cli

import (
	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/proxy"
)

// clientLimits are flags about what clients may take of a proxy. docs/reference/limits.md says what else bounds them.
type clientLimits struct {
	connections, perClient, bodyRate int
}

func (l *clientLimits) add(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&l.connections, "max-connections", 0, "connections of clients to one listener; what descriptors allow when 0")
	flags.IntVar(&l.perClient, "max-connections-per-client", 0, "connections of one client address to one listener; unlimited when 0")
	flags.IntVar(&l.bodyRate, "min-body-rate", proxy.DefaultBodyRate, "bytes per second that a request's body has to come at, on average, once it has been waited for for 10 s; what is slower is answered 408; unlimited when 0")
}

// rate is the flag as options have it, where 0 is the default.
func (l *clientLimits) rate() int {
	if l.bodyRate == 0 {
		return -1
	}
	return l.bodyRate
}
