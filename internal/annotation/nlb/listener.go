package nlb

import "github.com/gwanmun/gwanmun/internal/annotation"

const (
	stays  = "connections of clients that move reach their target where it was registered with a server id; others stay with their addresses"
	groupL = "Listeners"
)

// Listeners: one for each port of the Service.
var (
	ListenerAttributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, entry(annotation.Entry{
		Suffix: aws + "listener-attributes.", Scope: annotation.ScopeListener, Group: groupL,
		Internal: partly("an attribute has an effect where the attribute table says so"),
		Doc:      "Attributes of one listener; the key ends in its protocol and port, such as `aws-load-balancer-listener-attributes.TCP-80`.",
		Example:  "tcp.idle_timeout.seconds=600",
	}))
	EnableTCPUDP = annotation.Declare[bool](annotation.Bool{}, entry(annotation.Entry{
		Suffix: aws + "enable-tcp-udp-listener", Scope: annotation.ScopeListener, Default: "false", Internal: full(),
		Inert: []string{"false"}, Group: groupL,
		Doc:     "Serves a port that the Service has for TCP and for UDP with one TCP_UDP listener. Without it only the first of the two is served.",
		Example: "true",
	}))
	QUICPorts = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "quic-enabled-ports", Scope: annotation.ScopeListener, Internal: partly(stays), Group: groupL,
		Doc:     "The ports, by number or name, that pass QUIC through: UDP becomes QUIC, TCP_UDP becomes TCP_QUIC.",
		Example: "443",
	}))
	QUICContainers = annotation.Declare[[]string](annotation.StringList{}, entry(annotation.Entry{
		Suffix: aws + "quic-enabled-containers", Kinds: []annotation.Kind{annotation.Pod}, Scope: annotation.ScopeObject,
		External: no(noServerIDs), Internal: no(noServerIDs), Group: groupL,
		Doc:     "Names the containers of a Pod that are to be told their QUIC server id.",
		Example: "web",
	}))
)

const noServerIDs = "server ids for QUIC are not given to containers yet"
