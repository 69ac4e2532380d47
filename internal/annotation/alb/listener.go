package alb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Listeners.
var (
	ListenPorts = annotation.Declare[[]ListenPort](listenPorts{}, annotation.Entry{
		Suffix: "listen-ports", Kinds: onIngress(), Scope: annotation.ScopeListener, Merge: annotation.MergeUnion,
		OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "The ports that the Ingress is served on. Without it: HTTPS 443 when `certificate-arn` is set, HTTP 80 otherwise.",
		Example: `[{"HTTP":80},{"HTTPS":443}]`, Since: since, Group: "Listeners",
	})
	SSLRedirect = annotation.Declare[int64](annotation.Int{Min: 1, Max: 65535}, annotation.Entry{
		Suffix: "ssl-redirect", Kinds: onIngress(), Scope: annotation.ScopeListener, ParamsField: "sslRedirectPort",
		Merge: annotation.MergeExclusive, OnInvalid: annotation.FailUnit, External: full(), Internal: full(),
		Doc:     "Answers everything on the group's HTTP ports with a redirect to this HTTPS port. HTTP ports have no rules then.",
		Example: "443", Since: since, Group: "Listeners",
	})
	ListenerAttributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, annotation.Entry{
		Suffix: "listener-attributes.", Kinds: onIngress(), Scope: annotation.ScopeListener,
		ParamsField: "listeners", Merge: annotation.MergeUnion, External: full(),
		Internal: partly("our own data plane honours the response header attributes"),
		Doc:      "Attributes of one listener; the key ends in its protocol and port, such as `listener-attributes.HTTPS-443`.",
		Example:  "routing.http.response.server.enabled=false", Since: since, Group: "Listeners",
	})
)

// MaxListeners is how many listeners a load balancer can have (a quota of ELBv2, and what our own data plane opens).
const MaxListeners = 50

// ListenPort is one port that an Ingress is served on.
type ListenPort struct {
	Protocol model.ListenerProtocol
	Port     int32
}

// listenPorts takes a JSON list of objects from protocol to port.
type listenPorts struct{}

// Parse reads the ports in their order, the keys of one object by name. Of entries for one port the later one counts,
// as with the AWS controller.
func (listenPorts) Parse(raw string) ([]ListenPort, error) {
	var entries []map[string]json.Number
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&entries); err != nil {
		return nil, fmt.Errorf("not the expected JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more text follows the JSON")
	}
	var out []ListenPort
	for _, entry := range entries {
		for _, protocol := range slices.Sorted(maps.Keys(entry)) {
			port, err := entry[protocol].Int64()
			if err != nil || port < 1 || port > 65535 {
				return nil, fmt.Errorf("the port %q is outside 1 to 65535", entry[protocol])
			}
			if protocol != string(model.HTTP) && protocol != string(model.HTTPS) {
				return nil, fmt.Errorf("the protocol %q is neither HTTP nor HTTPS", protocol)
			}
			p := ListenPort{Protocol: model.ListenerProtocol(protocol), Port: int32(port)}
			out = slices.DeleteFunc(out, func(q ListenPort) bool { return q.Port == p.Port })
			out = append(out, p)
		}
	}
	switch {
	case len(out) == 0:
		return nil, errors.New("the list is empty")
	case len(out) > MaxListeners:
		return nil, fmt.Errorf("more than %d ports", MaxListeners)
	}
	return out, nil
}

// Format prints one object for each port.
func (listenPorts) Format(v []ListenPort) string {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, p := range v {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"%s":%d}`, p.Protocol, p.Port)
	}
	b.WriteByte(']')
	return b.String()
}

// Expected describes the list; the entry's example shows one.
func (listenPorts) Expected() string {
	return "a JSON list of objects with a protocol (HTTP or HTTPS) and its port"
}
