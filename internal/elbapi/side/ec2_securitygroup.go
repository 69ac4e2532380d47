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

const (
	maxGroupText   = 255
	maxGroups      = 2500 // EC2's default for security groups of a region
	groupNameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*"
)

// groupKind lists security groups.
func groupKind(st *world.State) kind[*world.SecurityGroup] {
	type group = *world.SecurityGroup
	fields := map[string]func(group) []string{
		"description": one(func(g group) string { return g.Description }),
		"group-id":    one(func(g group) string { return g.ID }),
		"group-name":  one(func(g group) string { return g.Name }),
		"owner-id":    one(func(group) string { return st.Identity.Account }),
		"vpc-id":      one(func(g group) string { return g.VPC }),
	}
	for name, value := range ruleFields(st) {
		fields["ip-permission."+name] = func(g group) []string { return eachRule(g.Ingress, value) }
		fields["egress.ip-permission."+name] = func(g group) []string { return eachRule(g.Egress, value) }
	}
	return kind[group]{
		missing: "InvalidGroup.NotFound", noun: "security group",
		id: func(g group) string { return g.ID }, tags: func(g group) world.Tags { return g.Tags }, fields: fields,
	}
}

func eachRule(rules []world.Rule, value func(world.Rule) string) []string {
	var out []string
	for _, r := range rules {
		if v := value(r); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// DescribeSecurityGroups lists security groups.
func (s *Side) DescribeSecurityGroups(_ context.Context, in *ec2.DescribeSecurityGroupsInput) (*ec2.DescribeSecurityGroupsOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeSecurityGroupsOutput, error) {
		ids := slices.Clone(in.GroupIds)
		for _, name := range in.GroupNames {
			g, err := groupByName(st, name)
			if err != nil {
				return nil, err
			}
			ids = append(ids, g.ID)
		}
		rows, next, err := groupKind(st).list(world.Sorted(st.SecurityGroups), query{ids, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeSecurityGroupsOutput{
			NextToken:      next,
			SecurityGroups: shown(rows, func(g *world.SecurityGroup) types.SecurityGroup { return showGroup(st, g) }),
		}, nil
	})
}

func groupARN(st *world.State, id string) *string {
	return aws.String(st.Identity.ARN("ec2", "security-group/"+id))
}

func showGroup(st *world.State, g *world.SecurityGroup) types.SecurityGroup {
	return types.SecurityGroup{
		GroupId: aws.String(g.ID), GroupName: aws.String(g.Name), Description: aws.String(g.Description), VpcId: aws.String(g.VPC),
		OwnerId: aws.String(st.Identity.Account), SecurityGroupArn: groupARN(st, g.ID), Tags: ec2Tags(g.Tags),
		IpPermissions: permissions(st, g.Ingress), IpPermissionsEgress: permissions(st, g.Egress),
	}
}

// groupByName finds a group by name, which works in the default VPC only.
func groupByName(st *world.State, name string) (*world.SecurityGroup, error) {
	vpc, ok := st.DefaultVPC()
	if !ok {
		return nil, wire.Errorf("VPCIdNotSpecified", "No default VPC for this user")
	}
	g, ok := st.GroupByName(vpc.ID, name)
	if !ok {
		return nil, wire.Errorf("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC '%s'", name, vpc.ID)
	}
	return g, nil
}

// groupOf finds the group that a call names by id or, in the default VPC, by name.
func groupOf(st *world.State, id, name *string) (*world.SecurityGroup, error) {
	switch {
	case aws.ToString(id) != "":
		g, ok := st.SecurityGroups[*id]
		switch {
		case !strings.HasPrefix(*id, "sg-"):
			return nil, wire.Errorf("InvalidGroupId.Malformed", "Invalid id: \"%s\" (expecting \"sg-...\")", *id)
		case !ok:
			return nil, notFound("InvalidGroup.NotFound", "security group", *id)
		}
		return g, nil
	case aws.ToString(name) != "":
		return groupByName(st, *name)
	}
	return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter groupName or groupId")
}

// CreateSecurityGroup makes a group that lets everything out and nothing in.
func (s *Side) CreateSecurityGroup(_ context.Context, in *ec2.CreateSecurityGroupInput) (*ec2.CreateSecurityGroupOutput, error) {
	name, description := aws.ToString(in.GroupName), aws.ToString(in.Description)
	tags, err := specified(in.TagSpecifications, types.ResourceTypeSecurityGroup)
	if err != nil {
		return nil, err
	}
	if err := mayBeCalled(name, description); err != nil {
		return nil, err
	}
	return change(s, func(st *world.State) (*ec2.CreateSecurityGroupOutput, error) {
		vpc, err := vpcOrDefault(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		if _, ok := st.GroupByName(vpc.ID, name); ok {
			return nil, wire.Errorf("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpc.ID)
		}
		if len(st.SecurityGroups) >= maxGroups {
			return nil, wire.Errorf("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached.")
		}
		g := &world.SecurityGroup{ID: st.NewID("sg"), Name: name, VPC: vpc.ID, Description: description, Tags: tags}
		g.Egress = st.OpenEgress(vpc.ID, st.NewID)
		st.SecurityGroups[g.ID] = g
		return &ec2.CreateSecurityGroupOutput{GroupId: aws.String(g.ID), SecurityGroupArn: groupARN(st, g.ID), Tags: ec2Tags(tags)}, nil
	})
}

func mayBeCalled(name, description string) error {
	switch {
	case name == "":
		return wire.Errorf(wire.MissingParameter, "The request must contain the parameter GroupName")
	case description == "":
		return wire.Errorf(wire.MissingParameter, "The request must contain the parameter GroupDescription")
	case strings.HasPrefix(name, "sg-"):
		return wire.Errorf(wire.InvalidParameterValue, "Invalid value '%s' for groupName. Group names may not be in the format sg-*.", name)
	case len(name) > maxGroupText || strings.Trim(name, groupNameChars) != "":
		return wire.Errorf(wire.InvalidParameterValue, "Invalid value '%s' for groupName. Up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* are allowed.", name)
	case len(description) > maxGroupText || strings.Trim(description, groupNameChars) != "":
		return wire.Errorf(wire.InvalidParameterValue, "Invalid security group description. Up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* are allowed.")
	case strings.EqualFold(name, world.DefaultGroup):
		return wire.Errorf("InvalidGroup.Reserved", "The security group name '%s' is reserved", name)
	}
	return nil
}

// DeleteSecurityGroup removes a group that no interface carries and no other group's rule names.
func (s *Side) DeleteSecurityGroup(_ context.Context, in *ec2.DeleteSecurityGroupInput) (*ec2.DeleteSecurityGroupOutput, error) {
	return change(s, func(st *world.State) (*ec2.DeleteSecurityGroupOutput, error) {
		g, err := groupOf(st, in.GroupId, in.GroupName)
		if err != nil {
			return nil, err
		}
		if g.IsDefault() {
			return nil, wire.Errorf("CannotDelete", "the specified group: \"%s\" name: \"%s\" cannot be deleted by a user", g.ID, g.Name)
		}
		if inUse(st, g.ID) {
			return nil, wire.Errorf("DependencyViolation", "resource %s has a dependent object", g.ID)
		}
		delete(st.SecurityGroups, g.ID)
		return &ec2.DeleteSecurityGroupOutput{GroupId: aws.String(g.ID), Return: aws.Bool(true)}, nil
	})
}

func inUse(st *world.State, group string) bool {
	for _, i := range st.Interfaces {
		if slices.Contains(i.SecurityGroups, group) {
			return true
		}
	}
	for id, g := range st.SecurityGroups {
		if id != group && g.Refers(group) {
			return true
		}
	}
	return false
}

// GetSecurityGroupsForVpc lists the groups that interfaces in a VPC can carry: its own.
func (s *Side) GetSecurityGroupsForVpc(_ context.Context, in *ec2.GetSecurityGroupsForVpcInput) (*ec2.GetSecurityGroupsForVpcOutput, error) {
	return view(s, func(st *world.State) (*ec2.GetSecurityGroupsForVpcOutput, error) {
		vpc, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		k := groupKind(st)
		k.fields["primary-vpc-id"] = k.fields["vpc-id"]
		all := slices.DeleteFunc(world.Sorted(st.SecurityGroups), func(g *world.SecurityGroup) bool { return g.VPC != vpc.ID })
		rows, next, err := k.list(all, query{filters: in.Filters, max: in.MaxResults, token: in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.GetSecurityGroupsForVpcOutput{NextToken: next, SecurityGroupForVpcs: shown(rows, func(g *world.SecurityGroup) types.SecurityGroupForVpc {
			return types.SecurityGroupForVpc{
				GroupId: aws.String(g.ID), GroupName: aws.String(g.Name), Description: aws.String(g.Description),
				PrimaryVpcId: aws.String(g.VPC), OwnerId: aws.String(st.Identity.Account), Tags: ec2Tags(g.Tags),
			}
		})}, nil
	})
}
