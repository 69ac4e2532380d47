package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

// Prefix is put before every suffix of this dialect.
const Prefix = "alb.ingress.kubernetes.io/"

// since is the version that first had the keys of the first release.
const since = "0.1.0"

// Registry makes the list of all annotations of class alb, in the order of the reference: 72 keys and families, and the
// class annotation that all classes share.
func Registry() *annotation.Registry {
	return annotation.NewRegistry(Prefix,
		// group.go
		IngressClass, GroupName, GroupOrder,
		// loadbalancer.go
		LoadBalancerName, Scheme, IPAddressType, LoadBalancerAttributes, MinimumCapacity, Tags,
		CustomerOwnedIPv4Pool, IPAMIPv4Pool,
		// network.go
		Subnets, SecurityGroups, ManageBackendRules, InboundCIDRs, PrefixLists,
		// listener.go
		ListenPorts, SSLRedirect, ListenerAttributes,
		// tls.go
		CertificateARN, SSLPolicy, MutualAuthentication, CreateACMCert, ACMPCAARN,
		// targetgroup.go
		TargetType, BackendProtocol, BackendProtocolVersion, TargetGroupAttributes, TargetNodeLabels, MultiCluster,
		TargetControlPort,
		// health.go
		HealthCheckPort, HealthCheckProtocol, HealthCheckPath, HealthCheckInterval, HealthCheckTimeout,
		HealthyThreshold, UnhealthyThreshold, SuccessCodes,
		// auth.go
		AuthType, AuthIDPCognito, AuthIDPOIDC, AuthOnUnauthenticated, AuthScope, AuthSessionCookie, AuthSessionTimeout,
		JWTValidation,
		// rule.go
		Actions, Conditions, Transforms, UseRegexPathMatch,
		// addons.go
		WAFv2ACLARN, WAFv2ACLName, WAFACLID, Shield, DryRunPlan,
		// frontendnlb.go
		EnableFrontendNLB, FrontendNLBScheme, FrontendNLBSubnets, FrontendNLBSecurityGroups, FrontendNLBPortMapping,
		FrontendNLBEIPs, FrontendNLBHealthCheckPort, FrontendNLBHealthCheckProtocol, FrontendNLBHealthCheckPath,
		FrontendNLBHealthCheckInterval, FrontendNLBHealthCheckTimeout, FrontendNLBHealthyThreshold,
		FrontendNLBUnhealthyThreshold, FrontendNLBSuccessCodes, FrontendNLBAttributes, FrontendNLBTags,
	)
}

// full is the support of what is carried out completely.
func full() annotation.Support { return annotation.Support{Level: annotation.Full} }

// partly and no need the sentence why.
func partly(why string) annotation.Support {
	return annotation.Support{Level: annotation.Partly, Why: why}
}

func no(why string) annotation.Support { return annotation.Support{Level: annotation.No, Why: why} }

// onIngress and onBoth are where most keys may sit.
func onIngress() []annotation.Kind { return []annotation.Kind{annotation.Ingress} }

func onBoth() []annotation.Kind { return []annotation.Kind{annotation.Service, annotation.Ingress} }
