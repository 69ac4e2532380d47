package ingressalb

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/gwanmun/gwanmun/internal/build/elb"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// portListener is one port of the load balancer with what its members ask of it.
type portListener struct {
	port     int32
	protocol model.ListenerProtocol
	// members use the port, in the group's order.
	members []*member
	// withheld are members whose guards alone are on the port.
	withheld []*member

	cidrs       []netip.Prefix
	prefixLists []string
	sslPolicy   string
	mutual      *alb.MutualTLS
	attributes  []model.Attribute
	sources     []model.SettingSource

	defaultCertificate string
	certificates       []string
}

// readListeners finds the ports of a member and its certificates. Without listen-ports it is HTTPS 443 when certificates
// are given, HTTP 80 otherwise; certificates that are found in ACM do not count.
func (w *work) readListeners(m *member) {
	m.certificates = getList(m, m.values, alb.CertificateARN)
	given := annotation.Get(m.values, alb.ListenPorts)
	m.portsUnknown = given.Err != nil
	ports, set := settle(m, given)
	switch {
	case set:
		m.ports = ports
	case len(m.certificates) > 0:
		m.ports = []alb.ListenPort{{Protocol: model.HTTPS, Port: 443}}
	default:
		m.ports = []alb.ListenPort{{Protocol: model.HTTP, Port: 80}}
	}
	if len(m.certificates) == 0 && m.hasProtocol(model.HTTPS) {
		m.certificates = w.discoverCertificates(m)
	}
	for _, name := range m.own.Members(alb.ListenerAttributes) {
		if !slices.ContainsFunc(m.ports, func(p alb.ListenPort) bool { return listenerName(p.Protocol, p.Port) == name }) {
			key := alb.Prefix + alb.ListenerAttributes.Suffix + name
			m.say(diag.ALBListenerUnused, annotation.FieldOf(key), diag.A("key", key), diag.A("what", name))
		}
	}
}

func (m *member) hasProtocol(p model.ListenerProtocol) bool {
	return slices.ContainsFunc(m.ports, func(q alb.ListenPort) bool { return q.Protocol == p })
}

func listenerName(p model.ListenerProtocol, port int32) string {
	return string(p) + "-" + elb.PortText(port)
}

// listeners merges the members' ports, sorted by number. On a port whose protocol differs the later member is not
// served; of other differing settings the first member's counts.
func (w *work) listeners(members []*member) []*portListener {
	var out []*portListener
	for _, m := range members {
		for _, p := range m.ports {
			i := slices.IndexFunc(out, func(l *portListener) bool { return l.port == p.Port })
			if i < 0 && len(out) == alb.MaxListeners {
				w.found.Add(diag.ALBTooManyListeners, m.object, fieldOf(alb.ListenPorts),
					diag.A("port", p.Port), diag.A("group", w.group), diag.A("limit", alb.MaxListeners))
				continue
			}
			if i < 0 {
				out = append(out, &portListener{port: p.Port, protocol: p.Protocol, members: []*member{m}})
				continue
			}
			if l := out[i]; l.protocol == p.Protocol {
				l.members = append(l.members, m)
			} else {
				w.found.Add(diag.ALBProtocolConflict, m.object, fieldOf(alb.ListenPorts), diag.A("port", p.Port),
					diag.A("protocol", p.Protocol), diag.A("winner", l.protocol), diag.A("other", l.members[0].name()),
					diag.A("group", w.group))
			}
		}
	}
	slices.SortFunc(out, func(a, b *portListener) int { return cmp.Compare(a.port, b.port) })
	for _, l := range out {
		l.cidrs = agree(w, l.members, alb.InboundCIDRs, sameSet)
		l.prefixLists = agree(w, l.members, alb.PrefixLists, sameSet)
		if l.protocol == model.HTTPS {
			var by *member
			if l.sslPolicy, by = agreeBy(w, l.members, alb.SSLPolicy, same); by != nil {
				l.sources = append(l.sources, model.SettingSource{Setting: model.SettingSSLPolicy, Source: by.whole(fieldOf(alb.SSLPolicy))})
			}
			l.sslPolicy = cmp.Or(l.sslPolicy, w.options.defaultSSLPolicy())
			w.mutualAuthentication(l)
		}
		var asked []model.SettingSource
		l.attributes, asked = w.listenerAttributes(l)
		l.sources = append(l.sources, asked...)
	}
	w.withhold(out)
	return out
}

// sameSet compares lists without regard to order and repeats.
func sameSet[T comparable](a, b []T) bool {
	inBoth := func(x, y []T) bool {
		return !slices.ContainsFunc(x, func(v T) bool { return !slices.Contains(y, v) })
	}
	return inBoth(a, b) && inBoth(b, a)
}

// mutualAuthentication is what the port does about client certificates: the first member's that says so. A later member
// that wants certificates to be verified otherwise is not served on the port; what it serves there stays closed.
func (w *work) mutualAuthentication(l *portListener) {
	var by *member
	l.members = slices.DeleteFunc(l.members, func(m *member) bool {
		loses := false
		list, _ := get(m, m.values, alb.MutualAuthentication)
		for i := range list {
			switch {
			case list[i].Port != l.port:
			case by == nil:
				l.mutual, by = &list[i], m
			case sameMutual(*l.mutual, list[i]):
			case list[i].Mode == verify:
				loses = true
				w.found.Add(diag.ALBCertificatesConflict, m.object, fieldOf(alb.MutualAuthentication),
					diag.A("port", l.port), diag.A("other", by.name()), diag.A("group", w.group))
			default:
				w.conflict(m, by, alb.MutualAuthentication.Declaration(), alb.MutualAuthentication.Type.Format(list[i:i+1]),
					alb.MutualAuthentication.Type.Format([]alb.MutualTLS{*l.mutual}))
			}
		}
		if loses {
			l.withheld = append(l.withheld, m)
		}
		return loses
	})
	if by != nil {
		l.sources = append(l.sources, model.SettingSource{Setting: model.SettingClientAuth, Source: by.whole(fieldOf(alb.MutualAuthentication))})
	}
}

// verify is the mode of mutual authentication in which clients need a certificate.
const verify = "verify"

func sameMutual(a, b alb.MutualTLS) bool {
	return a.Mode == b.Mode && a.TrustStore == b.TrustStore && ignoresExpiry(a) == ignoresExpiry(b) &&
		a.AdvertiseTrustStoreCANames == b.AdvertiseTrustStoreCANames
}

func ignoresExpiry(m alb.MutualTLS) bool {
	return m.IgnoreClientCertificateExpiry != nil && *m.IgnoreClientCertificateExpiry
}
