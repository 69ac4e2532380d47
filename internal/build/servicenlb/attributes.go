package servicenlb

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Keys of target group attributes that have annotations of their own, or a part in what targets let in.
const (
	proxyProtocol    = "proxy_protocol_v2.enabled"
	preserveClientIP = "preserve_client_ip.enabled"
)

// targetGroupAttributes are those of one port. Whether the PROXY protocol is spoken is always said, so that taking the
// annotation away takes the header away.
func (w *work) targetGroupAttributes(number int32) []model.Attribute {
	all := []annotation.Pair{{Key: proxyProtocol, Value: "false"}}
	name := elb.PortText(number)
	all = elb.Overlay(all, getList(w, nlb.TargetGroupAttributes))
	own, _ := settle(w, annotation.GetMember(w.values, nlb.PortAttributes, name))
	all = elb.Overlay(all, slices.DeleteFunc(own, func(p annotation.Pair) bool { return p.Value == "" }))
	if ports, set := get(w, nlb.ProxyProtocolPorts); set {
		value := "false"
		if slices.Contains(ports, number) {
			value = "true"
		}
		all = elb.Overlay(all, []annotation.Pair{{Key: proxyProtocol, Value: value}})
	}
	if _, set := get(w, nlb.ProxyProtocol); set {
		all = elb.Overlay(all, []annotation.Pair{{Key: proxyProtocol, Value: "true"}})
	}
	all = slices.DeleteFunc(all, func(p annotation.Pair) bool { return p.Key == proxyProtocol && p.Value == "" })
	return w.attributes(all, model.TargetGroupAttribute, fieldOf(nlb.TargetGroupAttributes))
}
