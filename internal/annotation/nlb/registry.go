package nlb

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// Prefix is put before every suffix of this dialect. Other clouds' controllers share it: Ours says which keys are meant for
// this one.
const Prefix = "service.beta.kubernetes.io/"

// aws begins nearly all suffixes.
const aws = "aws-load-balancer-"

// since is the version that first had the keys of the first release.
const since = "0.2.0"

// Registry makes the list of all annotations of network load balancers, in the order of the reference: 49 keys and families
// of Services, and one key of Pods.
func Registry() *annotation.Registry {
	return annotation.NewRegistry(Prefix,
		// object.go
		Type, TargetType,
		// loadbalancer.go
		Name, Scheme, Internal, IPAddressType, Attributes, AccessLogEnabled, AccessLogBucket, AccessLogPrefix, CrossZone,
		MinimumCapacity, Tags,
		// network.go
		Subnets, EIPAllocations, PrivateIPv4Addresses, IPv6Addresses, EnableSourceNAT, SourceNATPrefixes,
		// security.go
		SourceRanges, PrefixLists, SecurityGroups, ManageBackendRules, DisableSecurityGroups, PrivateLinkRules, EnableICMP,
		// listener.go
		ListenerAttributes, EnableTCPUDP, QUICPorts, QUICContainers,
		// tls.go
		SSLCert, SSLPorts, SSLPolicy, ALPNPolicy, BackendProtocol,
		// targetgroup.go
		ProxyProtocol, ProxyProtocolPorts, TargetGroupAttributes, PortAttributes, TargetNodeLabels, MultiCluster,
		// health.go
		HealthCheckProtocol, HealthCheckPort, HealthCheckPath, HealthCheckInterval, HealthCheckTimeout, HealthyThreshold,
		UnhealthyThreshold, SuccessCodes,
		// actions.go
		Actions,
	)
}

// Ours keeps the annotations of a Service that this dialect judges: those of other clouds have the prefix too, and belong to
// somebody else.
func Ours(annotations map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range annotations {
		rest, ok := strings.CutPrefix(key, Prefix)
		if ok && (strings.HasPrefix(rest, "aws-") || strings.HasPrefix(rest, "load-balancer-") || strings.HasPrefix(rest, Actions.Suffix)) {
			out[key] = value
		}
	}
	return out
}

// entry completes what most entries have in common: they sit on Services, belong to one Service alone, and AWS carries them
// out.
func entry(e annotation.Entry) annotation.Entry {
	if e.Kinds == nil {
		e.Kinds = []annotation.Kind{annotation.Service}
		e.External = full()
	}
	e.Merge, e.Since = annotation.MergeOwn, since
	return e
}

// full is the support of what is carried out completely.
func full() annotation.Support { return annotation.Support{Level: annotation.Full} }

// partly and no need the sentence why.
func partly(why string) annotation.Support {
	return annotation.Support{Level: annotation.Partly, Why: why}
}

func no(why string) annotation.Support { return annotation.Support{Level: annotation.No, Why: why} }
