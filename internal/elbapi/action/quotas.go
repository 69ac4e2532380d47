package action

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Names of quotas that calls are checked with.
const (
	quotaTargetGroups        = "target-groups"
	quotaALBs                = "application-load-balancers"
	quotaNLBs                = "network-load-balancers"
	quotaALBListeners        = "listeners-per-application-load-balancer"
	quotaNLBListeners        = "listeners-per-network-load-balancer"
	quotaRules               = "rules-per-application-load-balancer"
	quotaGroupsPerALB        = "target-groups-per-application-load-balancer"
	quotaGroupsPerAction     = "target-groups-per-action-on-application-load-balancer"
	quotaGroupsPerNLBAction  = "target-groups-per-action-on-network-load-balancer"
	quotaTargetsPerALB       = "targets-per-application-load-balancer"
	quotaTargetsPerGroup     = "targets-per-target-group"
	quotaTargetRegistrations = "target-id-registrations-per-application-load-balancer"
	quotaTargetsPerNLB       = "targets-per-network-load-balancer"
	quotaValues              = "condition-values-per-alb-rule"
	quotaWildcards           = "condition-wildcards-per-alb-rule"
	quotaALBCertificates     = "certificates-per-application-load-balancer"
	quotaNLBCertificates     = "certificates-per-network-load-balancer"
	quotaTrustStores         = "trust-stores"
	quotaRevocations         = "revocation-lists-per-trust-store"
	quotaTags                = "tags"
)

// quotas are AWS's defaults in the order of DescribeAccountLimits. The figure for groups per action of a network load
// balancer is ours: AWS's current one is not known, and it takes weighted forwards.
var quotas = []struct {
	name   string
	number int
}{
	{quotaTargetGroups, 3000},
	{quotaALBs, 50},
	{quotaNLBs, 50},
	{"gateway-load-balancers", 100},
	{"gateway-load-balancers-per-vpc", 100},
	{"geneve-target-groups", 100},
	{quotaALBListeners, 50},
	{quotaNLBListeners, 50},
	{quotaRules, 100},
	{quotaGroupsPerALB, 100},
	{quotaGroupsPerAction, 5},
	{quotaGroupsPerNLBAction, 5},
	{quotaTargetsPerALB, 1000},
	{quotaTargetsPerGroup, 1000},
	{quotaTargetRegistrations, 1000},
	{quotaTargetsPerNLB, 3000},
	{"targets-per-availability-zone-per-network-load-balancer", 500},
	{quotaValues, 5},
	{quotaWildcards, 5},
	{quotaALBCertificates, 25},
	{quotaNLBCertificates, 25},
	{"network-load-balancer-enis-per-vpc", 1200},
}

// hiddenQuotas hold too and are not described.
var hiddenQuotas = map[string]int{quotaTrustStores: 20, quotaRevocations: 30, quotaTags: 50}

// quota is a number of the table, or what Options say in its place.
func (a *Actions) quota(name string) int {
	if n, ok := a.options.Quotas[name]; ok {
		return n
	}
	for _, q := range quotas {
		if q.name == name {
			return q.number
		}
	}
	return hiddenQuotas[name]
}

// DescribeAccountLimits lists the quotas.
func (a *Actions) DescribeAccountLimits(_ context.Context, in *elbv2.DescribeAccountLimitsInput) (*elbv2.DescribeAccountLimitsOutput, error) {
	all := make([]types.Limit, len(quotas))
	for i, q := range quotas {
		all[i] = types.Limit{Name: aws.String(q.name), Max: aws.String(strconv.Itoa(a.quota(q.name)))}
	}
	cut, next, err := pageFixed(all, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	return &elbv2.DescribeAccountLimitsOutput{Limits: cut, NextMarker: next}, nil
}
