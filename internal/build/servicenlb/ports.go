package servicenlb

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// maxListeners is how many listeners a load balancer can have (a quota of ELBv2).
const maxListeners = 50

// port is one listener to be: the Service's port, and what is spoken on either side.
type port struct {
	*corev1.ServicePort
	listener model.ListenerProtocol
	target   model.TargetProtocol
}

// name is the listener as keys of annotations name it: "TLS-443".
func (p port) name() string { return string(p.listener) + "-" + elb.PortText(p.Port) }

// protocolOf is TCP when the Service says nothing, as in the API.
func protocolOf(p *corev1.ServicePort) corev1.Protocol { return cmp.Or(p.Protocol, corev1.ProtocolTCP) }

// mentions says whether a list of port numbers and names has a port.
func mentions(list []string, p *corev1.ServicePort) bool {
	return slices.ContainsFunc(list, func(text string) bool {
		return text == elb.PortText(p.Port) || p.Name != "" && text == p.Name
	})
}

// ports finds the listeners, by port number. What a Service has for one number is one listener: TCP_UDP when the two may be
// merged. Otherwise the first entry is served and the other one told; with the original the later listener replaces the
// earlier one, but keeps that one's target group, which AWS refuses.
func (w *work) ports() []port {
	merge, set := get(w, nlb.EnableTCPUDP)
	if !set {
		merge = w.options.MergeTCPUDP
	}
	var out []port
	entries := w.svc.Spec.Ports
	for i := range entries {
		p := &entries[i]
		field := indexed("spec.ports", i)
		same := func(q corev1.ServicePort) bool { return q.Port == p.Port }
		first := slices.IndexFunc(entries, same)
		switch protocol := protocolOf(p); {
		case first < i && merge:
		case first < i:
			w.say(diag.NLBPortTwice, field, diag.A("port", p.Port), diag.A("first", protocolOf(&entries[first])), diag.A("second", protocol))
		case merge && slices.ContainsFunc(entries[i+1:], same):
			if w.merges(p.Port, field) {
				out = append(out, port{p, model.TCPUDP, model.TargetTCPUDP})
			}
		case protocol != corev1.ProtocolTCP && protocol != corev1.ProtocolUDP:
			w.fail(diag.NLBPortProtocol, field, diag.A("port", p.Port), diag.A("protocol", protocol))
		default:
			out = append(out, port{p, model.ListenerProtocol(protocol), model.TargetProtocol(protocol)})
		}
		if len(out) > maxListeners {
			w.say(diag.NLBTooManyListeners, field, diag.A("limit", maxListeners), diag.A("port", p.Port))
			out = out[:maxListeners]
		}
	}
	slices.SortFunc(out, func(a, b port) int { return cmp.Compare(a.Port, b.Port) })
	for i := range out {
		w.encrypt(&out[i])
		w.useQUIC(&out[i])
	}
	w.unknownPorts(out)
	return out
}

// merges says whether a number has one entry for TCP and one for UDP.
func (w *work) merges(number int32, field string) bool {
	var protocols []string
	for i := range w.svc.Spec.Ports {
		if p := &w.svc.Spec.Ports[i]; p.Port == number {
			protocols = append(protocols, string(protocolOf(p)))
		}
	}
	if slices.Sort(protocols); slices.Equal(protocols, []string{"TCP", "UDP"}) {
		return true
	}
	w.fail(diag.NLBPortMerge, field, diag.A("port", number), diag.A("protocols", strings.Join(protocols, ", ")))
	return false
}

// encrypt makes a TLS listener of a TCP port that certificates are meant for.
func (w *work) encrypt(p *port) {
	list := getList(w, nlb.SSLPorts)
	if p.listener != model.TCP || len(getList(w, nlb.SSLCert)) == 0 || len(list) > 0 && !mentions(list, p.ServicePort) {
		return
	}
	p.listener = model.TLS
	if backend, _ := get(w, nlb.BackendProtocol); backend == nlb.SSL {
		p.target = model.TargetTLS
	}
}

// useQUIC passes QUIC through on ports with UDP.
func (w *work) useQUIC(p *port) {
	if !mentions(getList(w, nlb.QUICPorts), p.ServicePort) {
		return
	}
	switch p.listener {
	case model.UDP:
		p.listener, p.target = model.QUIC, model.TargetQUIC
	case model.TCPUDP:
		p.listener, p.target = model.TCPQUIC, model.TargetTCPQUIC
	default:
		w.fail(diag.NLBQUIC, fieldOf(nlb.QUICPorts), diag.A("port", p.Port), diag.A("protocol", p.listener))
	}
}

// unknownPorts tells of entries in lists of ports that the Service does not have.
func (w *work) unknownPorts(all []port) {
	known := func(text string) bool {
		return slices.ContainsFunc(w.svc.Spec.Ports, func(p corev1.ServicePort) bool { return mentions([]string{text}, &p) })
	}
	for _, text := range getList(w, nlb.SSLPorts) {
		if !known(text) {
			w.fail(diag.NLBSSLPort, fieldOf(nlb.SSLPorts), diag.A("port", text), diag.A("ports", elb.PortsOf(w.svc)))
		}
	}
	for _, text := range getList(w, nlb.QUICPorts) {
		if !known(text) {
			w.unused(nlb.QUICPorts, "", "the Service has no port "+text)
		}
	}
	for _, number := range getList(w, nlb.ProxyProtocolPorts) {
		if !slices.ContainsFunc(all, func(p port) bool { return p.Port == number }) {
			w.unused(nlb.ProxyProtocolPorts, "", "the Service has no port "+elb.PortText(number))
		}
	}
}

// unusedMembers tells of members of families that belong to no listener or target group.
func (w *work) unusedMembers() {
	has := func(name string) bool {
		return slices.ContainsFunc(w.lb.Listeners, func(l model.Listener) bool {
			return string(l.Protocol)+"-"+elb.PortText(l.Port) == name
		})
	}
	for _, k := range []annotation.Declared{nlb.ListenerAttributes, nlb.Actions} {
		for _, name := range w.values.Members(k) {
			if !has(name) {
				w.unused(k, name, "the load balancer has no listener "+name)
			}
		}
	}
	for _, name := range w.values.Members(nlb.PortAttributes) {
		used := slices.ContainsFunc(w.groups, func(g model.TargetGroup) bool { return g.Binding.Port == name })
		if !used {
			w.unused(nlb.PortAttributes, name, "no target group is for port "+name)
		}
	}
}

// indexed is a field path with an index: "spec.ports[2]".
func indexed(field string, i int) string { return field + "[" + elb.PortText(int32(i)) + "]" }
