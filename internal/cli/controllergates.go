package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// gate is one feature gate of the AWS controller.
type gate struct {
	// byDefault is the original's default.
	byDefault bool
	// fixed says that only this value is carried out; why says so in words. Empty why: both are.
	fixed bool
	why   string
}

// knownGates are all gates of the original, and what is carried out of them.
func knownGates() map[string]gate {
	const later = "it is not carried out yet"
	return map[string]gate{
		"ListenerRulesTagging":          {byDefault: true},
		"EnableServiceController":       {byDefault: true},
		"EnableIPTargetType":            {byDefault: true},
		"SubnetsClusterTagCheck":        {byDefault: true},
		"SubnetDiscoveryByReachability": {byDefault: true},
		"NLBSecurityGroup":              {byDefault: true},
		"ServiceTypeLoadBalancerOnly":   {},
		"ALBSingleSubnet":               {},
		"EnableTCPUDPListener":          {},
		"EnableTCPUDPListenerType":      {},
		"EnableDefaultTagsLowPriority":  {},
		"WeightedTargetGroups":          {byDefault: true, fixed: true, why: "weighted forwards are always carried out"},
		"LBCapacityReservation":         {byDefault: true, fixed: true, why: "capacity is always carried out"},
		"NLBHealthCheckAdvancedConfig":  {byDefault: true, fixed: true, why: "health checks are always changed in place"},
		"EndpointsFailOpen":             {byDefault: true},
		"NLBGatewayAPI":                 {byDefault: true, why: later},
		"ALBGatewayAPI":                 {byDefault: true, why: later},
		"GatewayListenerSet":            {byDefault: true, why: later},
		"EnableRGTAPI":                  {why: "resources are always found through ELBv2"},
		"GlobalAcceleratorController":   {why: later},
		"EnhancedDefaultBehavior":       {why: later},
		"ALBTargetControlAgent":         {why: later},
		"EnableCertificateManagement":   {why: later},
		"IngressPlanAnnotation":         {why: later},
	}
}

// gates are the feature gates of a command line. The zero value has the original's defaults.
type gates struct {
	set map[string]bool
}

// Set reads a list of Name=true and Name=false.
func (g *gates) Set(text string) error {
	if g.set == nil {
		g.set = map[string]bool{}
	}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		on, err := strconv.ParseBool(value)
		if !ok || err != nil {
			return fmt.Errorf("%q is not of the form Name=true or Name=false", part)
		}
		if _, known := knownGates()[name]; !known {
			return fmt.Errorf("there is no feature gate %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(knownGates())), ", "))
		}
		g.set[name] = on
	}
	return nil
}

// String is the list as it was given, sorted.
func (g *gates) String() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(g.set)) {
		out = append(out, fmt.Sprintf("%s=%v", name, g.set[name]))
	}
	return strings.Join(out, ",")
}

// Type names the flag's value in help texts.
func (g *gates) Type() string { return "list" }

// on says whether a gate is open.
func (g *gates) on(name string) bool {
	if v, ok := g.set[name]; ok {
		return v
	}
	return knownGates()[name].byDefault
}

// withoutEffect says which gates were given a value that is not carried out, and why.
func (g *gates) withoutEffect() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(g.set)) {
		if k := knownGates()[name]; k.why != "" && g.set[name] != k.fixed {
			out = append(out, fmt.Sprintf("%s=%v: %s", name, g.set[name], k.why))
		}
	}
	return out
}
