package upstream

import (
	"cmp"
	"crypto/tls"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Algorithm says how a target is chosen.
type Algorithm uint8

// Algorithms. The first three are ELBv2's load_balancing.algorithm.type, the last two are ingress-nginx's.
const (
	RoundRobin Algorithm = iota
	LeastOutstanding
	WeightedRandom
	EWMA
	ConsistentHash
)

// String is the algorithm's name as attributes and annotations write it.
func (a Algorithm) String() string {
	switch a {
	case LeastOutstanding:
		return "least_outstanding_requests"
	case WeightedRandom:
		return "weighted_random"
	case EWMA:
		return "ewma"
	case ConsistentHash:
		return "chash"
	}
	return "round_robin"
}

// settings is everything a group takes from the model. It never changes; a group swaps it as a whole.
type settings struct {
	port      int32
	tls       *tls.Config
	algorithm Algorithm
	hash      hashKey
	check     *check
	// drain bounds how long requests on a removed target may run; negative is without bound.
	drain     time.Duration
	slowStart time.Duration
	// routingCount and routingPercent are the healthy targets that must be left; with fewer all targets get requests.
	routingCount   int
	routingPercent int
	// dnsCount and dnsPercent are the same for DNS; 0 is none.
	dnsCount   int
	dnsPercent int
	// mitigate shifts weight away from anomalous targets.
	mitigate bool
	// subset is the size of the subsets that hashes choose from; 0 chooses from all.
	subset  int
	sticky  *exchange.Stickiness
	ignored []string
	// protocol is the model's; network says that it is one of a network load balancer, for which what follows holds.
	protocol model.TargetProtocol
	network  bool
	// http1 says that targets are spoken to in HTTP/1.1; version is the model's, never empty.
	http1   bool
	version model.ProtocolVersion
	networkSettings
}

const (
	attributeDrain          = "deregistration_delay.timeout_seconds"
	attributeAlgorithm      = "load_balancing.algorithm.type"
	attributeAnomaly        = "load_balancing.algorithm.anomaly_mitigation"
	attributeCrossZone      = "load_balancing.cross_zone.enabled"
	attributeSlowStart      = "slow_start.duration_seconds"
	attributeSticky         = "stickiness.enabled"
	attributeStickyType     = "stickiness.type"
	attributeRoutingCount   = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"
	attributeRoutingPercent = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage"
	attributeDNSCount       = "target_group_health.dns_failover.minimum_healthy_targets.count"
	attributeDNSPercent     = "target_group_health.dns_failover.minimum_healthy_targets.percentage"
)

// newSettings reads a target group. What it does not carry out is listed in ignored, never silently dropped. Values
// were checked when the model was built; one that makes no sense here counts as not given.
func newSettings(tg *model.TargetGroup) *settings {
	s := &settings{port: tg.Port, routingCount: 1, dnsCount: 1, drain: 300 * time.Second, protocol: tg.Protocol}
	s.network = isNetwork(tg.Protocol)
	s.http1 = tg.ProtocolVersion == "" || tg.ProtocolVersion == model.HTTP1
	s.version = cmp.Or(tg.ProtocolVersion, model.HTTP1)
	if tg.Protocol == model.TargetHTTPS || tg.Protocol == model.TargetTLS {
		s.tls = targetTLS()
	}
	if tg.HealthCheck == nil && !s.network {
		// Class nginx: a removed endpoint keeps its running requests until they end.
		s.drain = -1
	}
	var sticky stickyAttributes
	algorithm := ""
	for _, a := range tg.Attributes {
		if sticky.read(a.Key, a.Value) {
			continue
		}
		switch a.Key {
		case attributeDrain:
			s.drain = seconds(a.Value, s.drain)
		case attributeAlgorithm:
			algorithm = a.Value
		case attributeSlowStart:
			s.slowStart = seconds(a.Value, 0)
		case attributeRoutingCount:
			s.routingCount = number(a.Value, 1)
		case attributeRoutingPercent:
			s.routingPercent = number(a.Value, 0)
		case attributeDNSCount:
			s.dnsCount = number(a.Value, 1)
		case attributeDNSPercent:
			s.dnsPercent = number(a.Value, 0)
		case attributeAnomaly:
			s.mitigate = a.Value == "on"
		case attributeCrossZone:
			switch a.Value {
			case "true":
				s.crossZone = on
			case "false":
				s.crossZone = off
			}
		}
	}
	if s.network {
		s.readNetwork(tg)
	}
	s.setAlgorithm(cmp.Or(tg.Algorithm, algorithm), tg.HashBy)
	s.subset = int(max(tg.HashSubset, 0))
	s.setSticky(tg.ID, &sticky)
	s.check = newCheck(tg, s)
	return s
}

// inline says whether an event loop can speak to the targets.
func (s *settings) inline() bool { return s.http1 && s.tls == nil && !s.network }

// setSticky takes the stickiness. ELB has none for groups that keep to zones or shift weights away from anomalous targets.
func (s *settings) setSticky(group string, a *stickyAttributes) {
	if s.network {
		return
	}
	s.mitigate = s.mitigate && s.algorithm == WeightedRandom
	sticky, ignored := a.stickiness(group)
	if sticky != nil && s.crossZone == off {
		sticky, ignored = nil, "stickiness (it needs cross-zone load balancing)"
	}
	if sticky != nil && s.mitigate {
		sticky, ignored = nil, "stickiness (there is none with anomaly mitigation)"
	}
	s.sticky = sticky
	if ignored != "" {
		s.ignored = append(s.ignored, ignored)
	}
}

func (s *settings) setAlgorithm(name, hashBy string) {
	switch name {
	case "", "round_robin":
	case "least_outstanding_requests":
		s.algorithm, s.slowStart = LeastOutstanding, 0
	case "weighted_random":
		s.algorithm, s.slowStart = WeightedRandom, 0
	case "ewma":
		s.algorithm = EWMA
	case "chash":
		key, unknown := parseHashKey(hashBy)
		s.algorithm, s.hash = ConsistentHash, key
		for _, v := range unknown {
			s.ignored = append(s.ignored, "$"+v+" in the hash key")
		}
	default:
		s.ignored = append(s.ignored, "algorithm "+name)
	}
}

// equal says whether two settings ask for the same. TLS settings differ in nothing but their presence.
func (s *settings) equal(o *settings) bool {
	if s == nil || o == nil || (s.tls == nil) != (o.tls == nil) {
		return s == o
	}
	a, b := *s, *o
	a.tls, b.tls = nil, nil
	return reflect.DeepEqual(a, b)
}

func seconds(text string, otherwise time.Duration) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err != nil || n < 0 {
		return otherwise
	}
	return time.Duration(n) * time.Second
}

// number reads a count; "off" is none.
func number(text string, otherwise int) int {
	if text == "off" {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil || n > math.MaxInt32 {
		return otherwise
	}
	return int(n)
}
