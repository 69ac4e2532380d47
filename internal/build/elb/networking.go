package elb

import "github.com/gwanmun/gwanmun/internal/model"

// Protocols of a binding's ports.
const (
	TCP = "TCP"
	UDP = "UDP"
)

// FromGroup lets a security group in to ports of targets; nil without a group. With anyPort one rule for each protocol
// stands for all of its ports.
func FromGroup(group string, ports []model.BindingPort, anyPort bool) []model.BindingRule {
	if group == "" {
		return nil
	}
	var out []model.BindingPort
	for _, p := range ports {
		if anyPort {
			p.Port = ""
		}
		out = addPort(out, p)
	}
	return []model.BindingRule{{SecurityGroup: group, Ports: out}}
}

// addPort adds a port that is not there yet.
func addPort(list []model.BindingPort, p model.BindingPort) []model.BindingPort {
	for _, q := range list {
		if p == q {
			return list
		}
	}
	return append(list, p)
}
