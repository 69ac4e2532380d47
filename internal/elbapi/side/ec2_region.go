package side

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// plainZone is the type of zones that nobody has to opt into.
const plainZone = "availability-zone"

func zoneType(z world.Zone) string {
	if z.Type == "" {
		return plainZone
	}
	return z.Type
}

// DescribeAvailabilityZones lists the zones; all of them are available, and opted into where that is needed.
func (s *Side) DescribeAvailabilityZones(_ context.Context, in *ec2.DescribeAvailabilityZonesInput) (*ec2.DescribeAvailabilityZonesOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeAvailabilityZonesOutput, error) {
		region := st.Identity.Region
		k := kind[world.Zone]{
			id: func(z world.Zone) string { return z.Name },
			fields: map[string]func(world.Zone) []string{
				"zone-name":     one(func(z world.Zone) string { return z.Name }),
				"zone-id":       one(func(z world.Zone) string { return z.ID }),
				"zone-type":     one(zoneType),
				"region-name":   one(func(world.Zone) string { return region }),
				"group-name":    one(func(z world.Zone) string { return zoneGroup(region, z) }),
				"opt-in-status": one(func(z world.Zone) string { return string(optIn(z)) }),
				"state":         one(func(world.Zone) string { return "available" }),
				"message":       func(world.Zone) []string { return nil },
			},
		}
		keep, err := k.filter(in.Filters)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Concat(in.ZoneNames, in.ZoneIds) {
			if _, ok := st.ZoneNamed(name); !ok {
				return nil, wire.Errorf(wire.InvalidParameterValue, "Invalid availability zone: [%s]", name)
			}
		}
		out := &ec2.DescribeAvailabilityZonesOutput{AvailabilityZones: []types.AvailabilityZone{}}
		for _, z := range st.Zones {
			named := len(in.ZoneNames)+len(in.ZoneIds) == 0 || slices.Contains(in.ZoneNames, z.Name) || slices.Contains(in.ZoneIds, z.ID)
			if named && keep(z) {
				out.AvailabilityZones = append(out.AvailabilityZones, showZone(region, z))
			}
		}
		return out, nil
	})
}

func showZone(region string, z world.Zone) types.AvailabilityZone {
	return types.AvailabilityZone{
		ZoneName: aws.String(z.Name), ZoneId: aws.String(z.ID), ZoneType: aws.String(zoneType(z)),
		RegionName: aws.String(region), State: types.AvailabilityZoneStateAvailable, OptInStatus: optIn(z),
		GroupName: aws.String(zoneGroup(region, z)), NetworkBorderGroup: aws.String(zoneGroup(region, z)),
		Messages: []types.AvailabilityZoneMessage{},
	}
}

func optIn(z world.Zone) types.AvailabilityZoneOptInStatus {
	if zoneType(z) == plainZone {
		return types.AvailabilityZoneOptInStatusOptInNotRequired
	}
	return types.AvailabilityZoneOptInStatusOptedIn
}

// zoneGroup is the region, or for other kinds of zones their name without the last letter.
func zoneGroup(region string, z world.Zone) string {
	if zoneType(z) == plainZone {
		return region
	}
	return strings.TrimRight(z.Name, "abcdefghijklmnopqrstuvwxyz")
}

// DescribeRegions lists the one region of this world.
func (s *Side) DescribeRegions(_ context.Context, in *ec2.DescribeRegionsInput) (*ec2.DescribeRegionsOutput, error) {
	region := s.world.Identity().Region
	endpoint := "ec2." + region + ".amazonaws.com"
	for _, name := range in.RegionNames {
		if name != region {
			return nil, wire.Errorf(wire.InvalidParameterValue, "Invalid region: [%s]. This world has %s only.", name, region)
		}
	}
	k := kind[string]{
		id: func(r string) string { return r },
		fields: map[string]func(string) []string{
			"region-name":   one(func(r string) string { return r }),
			"endpoint":      one(func(string) string { return endpoint }),
			"opt-in-status": one(func(string) string { return "opt-in-not-required" }),
		},
	}
	keep, err := k.filter(in.Filters)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeRegionsOutput{Regions: []types.Region{}}
	if keep(region) {
		out.Regions = append(out.Regions, types.Region{RegionName: aws.String(region), Endpoint: aws.String(endpoint), OptInStatus: aws.String("opt-in-not-required")})
	}
	return out, nil
}

// DescribeAccountAttributes says what the account may have, in EC2's words.
func (s *Side) DescribeAccountAttributes(_ context.Context, in *ec2.DescribeAccountAttributesInput) (*ec2.DescribeAccountAttributesOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeAccountAttributesOutput, error) {
		vpc := "none"
		if v, ok := st.DefaultVPC(); ok {
			vpc = v.ID
		}
		rows := []struct{ name, value string }{
			{"supported-platforms", "VPC"},
			{"vpc-max-security-groups-per-interface", "5"},
			{"max-elastic-ips", "5"},
			{"max-instances", "20"},
			{"vpc-max-elastic-ips", "5"},
			{"default-vpc", vpc},
		}
		out := &ec2.DescribeAccountAttributesOutput{AccountAttributes: []types.AccountAttribute{}}
		for _, r := range rows {
			if len(in.AttributeNames) == 0 || slices.Contains(in.AttributeNames, types.AccountAttributeName(r.name)) {
				out.AccountAttributes = append(out.AccountAttributes, types.AccountAttribute{
					AttributeName: aws.String(r.name), AttributeValues: []types.AccountAttributeValue{{AttributeValue: aws.String(r.value)}},
				})
			}
		}
		for _, n := range in.AttributeNames {
			if !slices.ContainsFunc(rows, func(r struct{ name, value string }) bool { return r.name == string(n) }) {
				return nil, wire.Errorf(wire.InvalidParameterValue, "Value (%s) for parameter attributeName is invalid.", n)
			}
		}
		return out, nil
	})
}
