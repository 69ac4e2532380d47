package ingressalb

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// discoverCertificates finds the ARNs of all issued certificates that cover a host of the member's rules or tls section.
// Every host needs one. The result is sorted.
func (w *work) discoverCertificates(m *member) []string {
	hosts := m.hosts()
	if len(hosts) == 0 {
		return nil
	}
	answer, ok := w.ask(lookup.Question{Kind: lookup.Certificates}, m.object, "spec.rules", &m.found)
	if !ok {
		return nil
	}
	var out []string
	for _, host := range hosts {
		covered := false
		for _, c := range answer.Certificates {
			if w.allowsAuthority(c.Authority) && slices.ContainsFunc(c.Names, func(n string) bool { return covers(n, host) }) {
				covered = true
				out = append(out, c.ARN)
			}
		}
		if !covered {
			m.fail(diag.LookupCertificateMissing, "spec.rules", diag.A("host", host))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (w *work) allowsAuthority(authority string) bool {
	return len(w.options.AllowedAuthorities) == 0 || slices.Contains(w.options.AllowedAuthorities, authority)
}

// hosts are those of the rules and the tls section, lower case, sorted, without repeats.
func (m *member) hosts() []string {
	var out []string
	for _, r := range m.ing.Spec.Rules {
		out = append(out, strings.ToLower(r.Host))
	}
	for _, t := range m.ing.Spec.TLS {
		for _, h := range t.Hosts {
			out = append(out, strings.ToLower(h))
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(h string) bool { return h == "" })
}

// covers says whether a certificate's name stands for a host: equal, or "*." and the host without its first label.
func covers(name, host string) bool {
	name = strings.ToLower(name)
	if name == host {
		return true
	}
	rest, ok := strings.CutPrefix(name, "*.")
	if !ok {
		return false
	}
	_, parent, ok := strings.Cut(host, ".")
	return ok && parent == rest
}

// certificates gives each HTTPS port its default certificate, the first one of the first member that has any, and the
// others in order of first sight. One that is listed again is among the others even when it is the default, which is
// what the original does and what keeps plans equal.
func (w *work) certificates(listeners []*portListener, out *model.Model) {
	var all []string
	for _, l := range listeners {
		if l.protocol != model.HTTPS {
			continue
		}
		for _, m := range l.members {
			for _, arn := range m.certificates {
				switch {
				case l.defaultCertificate == "":
					l.defaultCertificate = arn
				case !slices.Contains(l.certificates, arn):
					l.certificates = append(l.certificates, arn)
				default:
					continue
				}
				l.sources = append(l.sources, model.SettingSource{Setting: arn, Source: m.whole(m.certificateField())})
			}
		}
		if l.defaultCertificate == "" {
			if w.awaitsCertificates(l) {
				continue
			}
			w.found.Add(diag.ALBNoCertificate, l.members[0].object, fieldOfListenPorts(), diag.A("port", l.port))
			continue
		}
		all = append(append(all, l.defaultCertificate), l.certificates...)
	}
	slices.Sort(all)
	for _, arn := range slices.Compact(all) {
		out.Certificates = append(out.Certificates, w.questions.Certificate(arn))
	}
}

// certificateField is the field that names the member's certificates; empty when they were found by its hosts.
func (m *member) certificateField() string {
	if m.ing.Annotations[alb.Prefix+alb.CertificateARN.Suffix] == "" {
		return ""
	}
	return fieldOf(alb.CertificateARN)
}

// awaitsCertificates says whether certificates of a port may still be found by an answer that is not there yet.
func (w *work) awaitsCertificates(l *portListener) bool {
	_, known := w.known(lookup.Question{Kind: lookup.Certificates})
	return !known && slices.ContainsFunc(l.members, func(m *member) bool { return len(m.hosts()) > 0 })
}
