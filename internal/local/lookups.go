package local

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// vpc is the stand-in network.
const vpc = "vpc-00000000000000001"

// Annotations of class alb that say which certificates the stand-in cloud must have.
const (
	annotationListenPorts    = "alb.ingress.kubernetes.io/listen-ports"
	annotationCertificateARN = "alb.ingress.kubernetes.io/certificate-arn"
)

// cloud answers lookups: a VPC with a public and a private subnet in each of three zones, and whatever else is asked for
// by name, so that manifests made for a real account can be tried as they are. It has one caller.
type cloud struct {
	certificates *certificates
	answers      map[lookup.Question]lookup.Answer
	// certs are the certificates of the account, by ARN.
	certs map[string]lookup.Certificate
}

func newCloud(c *certificates) *cloud {
	w := &cloud{certificates: c, answers: map[lookup.Question]lookup.Answer{}, certs: map[string]lookup.Certificate{}}
	w.answers[lookup.Question{Kind: lookup.VPC}] = lookup.Answer{VPC: &lookup.Network{ID: vpc, IPv4CIDRs: []string{"10.0.0.0/16"}, IPv6CIDRs: []string{"fd00:10::/56"}}}
	for scheme, role := range map[string]string{"internet-facing": "elb", "internal": "internal-elb"} {
		var subnets []lookup.Subnet
		for i, letter := range []string{"a", "b", "c"} {
			s := subnet(fmt.Sprintf("subnet-%s-%s", role, letter), letter, i)
			s.Tags["kubernetes.io/role/"+role] = "1"
			s.ReachesGateway = role == "elb"
			subnets = append(subnets, s)
		}
		w.answers[lookup.Question{Kind: lookup.Subnets, Scheme: scheme}] = lookup.Answer{Subnets: subnets}
	}
	w.publish()
	return w
}

func subnet(id, letter string, i int) lookup.Subnet {
	return lookup.Subnet{
		ID: id, Name: id, Zone: region + letter, Locale: "availability-zone", VPC: vpc, IPv6: true,
		FreeAddresses: int64(200 + i), Tags: map[string]string{"Name": id},
	}
}

// prepare makes the certificates that the Ingresses of class alb may ask for: one for each host of those with an HTTPS
// port, and one for each ARN that they name.
func (w *cloud) prepare(l *manifest.Loaded, into *diag.Collector) {
	for _, o := range l.Objects {
		switch v := o.Value.(type) {
		case *networkingv1.Ingress:
			arns := fields(v.Annotations[annotationCertificateARN])
			for _, arn := range arns {
				w.certificate(arn, o.Key, hostsOf(v), into)
			}
			if len(arns) == 0 && strings.Contains(v.Annotations[annotationListenPorts], "HTTPS") {
				for _, host := range hostsOf(v) {
					w.certificate(standInARN("acm", "certificate", host), o.Key, []string{host}, into)
				}
			}
		case *elbv2.IngressClassParams:
			for _, arn := range v.Spec.CertificateARN {
				w.certificate(arn, o.Key, nil, into)
			}
		}
	}
	w.publish()
}

func (w *cloud) certificate(arn string, k objects.Key, hosts []string, into *diag.Collector) {
	into.Add(diag.LocalCertificate, k.Object(), "", diag.A("names", cmp.Or(strings.Join(hosts, ", "), arn)))
	if old, ok := w.certs[arn]; ok {
		hosts = append(slices.Clone(hosts), old.Names...)
		slices.Sort(hosts)
		hosts = slices.Compact(hosts)
		if slices.Equal(hosts, old.Names) {
			return
		}
	}
	m, err := w.certificates.get(arn, hosts...)
	if err != nil {
		into.Add(diag.LocalCertificateFailed, k.Object(), "", diag.A("reason", err))
		return
	}
	w.certs[arn] = lookup.Certificate{ARN: arn, Names: hosts, Chain: m.chain, Key: m.key}
}

func (w *cloud) publish() {
	var all []lookup.Certificate
	for _, arn := range slices.Sorted(maps.Keys(w.certs)) {
		all = append(all, w.certs[arn])
	}
	w.answers[lookup.Question{Kind: lookup.Certificates}] = lookup.Answer{Certificates: all}
}

// table is everything that is known now.
func (w *cloud) table() *lookup.Table { return lookup.NewTable(maps.Clone(w.answers)) }

// answer makes up answers to questions about things with a name; true when there was something to answer.
func (w *cloud) answer(questions []lookup.Question) bool {
	added := false
	for _, q := range questions {
		if _, ok := w.answers[q]; ok {
			continue
		}
		added = true
		switch q.Kind {
		case lookup.Subnets:
			// Subnets of one load balancer must lie in different zones: each name gets a zone of its own.
			named := 0
			for other := range w.answers {
				if other.Kind == lookup.Subnets && other.Name != "" {
					named++
				}
			}
			id := q.Name
			if !strings.HasPrefix(id, "subnet-") {
				id = fmt.Sprintf("subnet-%017x", hash(q.Name))
			}
			s := subnet(id, string(rune('a'+named%26)), named)
			s.Name = q.Name
			w.answers[q] = lookup.Answer{Subnets: []lookup.Subnet{s}}
		case lookup.SecurityGroups:
			id := q.Name
			if !strings.HasPrefix(id, "sg-") {
				id = fmt.Sprintf("sg-%017x", hash(q.Name))
			}
			w.answers[q] = lookup.Answer{SecurityGroups: []lookup.SecurityGroup{{ID: id, Name: q.Name}}}
		case lookup.TargetGroups:
			arn := standInARN("elasticloadbalancing", "targetgroup/"+q.Name, q.Name)
			w.answers[q] = lookup.Answer{TargetGroups: []lookup.TargetGroup{{ARN: arn, Name: q.Name}}}
		case lookup.LoadBalancers:
			w.answers[q] = lookup.Answer{} // nothing was made before
		default:
			w.answers[q] = lookup.Answer{Err: "there is no stand-in for this in file mode"}
		}
	}
	return added
}

// hostsOf are the hosts of an Ingress's rules and tls sections, sorted.
func hostsOf(ing *networkingv1.Ingress) []string {
	hosts := objects.HostsOf(ing)
	for _, t := range ing.Spec.TLS {
		hosts = append(hosts, t.Hosts...)
	}
	hosts = slices.DeleteFunc(hosts, func(h string) bool { return h == "" })
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// fields splits a list at its commas.
func fields(list string) []string {
	var out []string
	for _, f := range strings.Split(list, ",") {
		if f = strings.TrimSpace(f); f != "" {
			out = append(out, f)
		}
	}
	return out
}
