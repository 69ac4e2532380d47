package side

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// AWS's bounds for tags.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

func ec2Tags(tags world.Tags) []types.Tag {
	return pairs(tags, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
}

// badTag says in words what is wrong with a tag, or nothing. All services have these rules.
func badTag(key, value string) string {
	switch {
	case key == "":
		return "Tag keys cannot be empty."
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return "Tag keys starting with 'aws:' are reserved for internal use"
	case utf8.RuneCountInString(key) > maxTagKey:
		return "Tag key exceeds the maximum length of 128 characters"
	case utf8.RuneCountInString(value) > maxTagValue:
		return "Tag value exceeds the maximum length of 256 characters"
	}
	return ""
}

func readTags(in []types.Tag) (world.Tags, error) {
	out := world.Tags{}
	for _, t := range in {
		key := aws.ToString(t.Key)
		if why := badTag(key, aws.ToString(t.Value)); why != "" {
			return nil, wire.Errorf(wire.InvalidParameterValue, "%s", why)
		}
		if _, twice := out[key]; twice {
			return nil, wire.Errorf(wire.InvalidParameterValue, "Duplicate tag key '%s' specified.", key)
		}
		out[key] = aws.ToString(t.Value)
	}
	if len(out) > maxTags {
		return nil, tooManyTags()
	}
	return out, nil
}

func tooManyTags() error {
	return wire.Errorf("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
}

// specified reads the tags that a call gives to what it creates. Kinds beyond the first are accepted and have no effect.
func specified(specs []types.TagSpecification, kinds ...types.ResourceType) (world.Tags, error) {
	var all []types.Tag
	for _, s := range specs {
		if !slices.Contains(kinds, s.ResourceType) {
			return nil, wire.Errorf(wire.InvalidParameterValue, "'%s' is not a valid taggable resource type for this operation.", s.ResourceType)
		}
		if s.ResourceType == kinds[0] {
			all = append(all, s.Tags...)
		} else if _, err := readTags(s.Tags); err != nil {
			return nil, err
		}
	}
	tags, err := readTags(all)
	if err != nil || len(tags) == 0 {
		return nil, err
	}
	return tags, nil
}

// CreateTags adds tags to resources of EC2, or to none if one of them is missing.
func (s *Side) CreateTags(_ context.Context, in *ec2.CreateTagsInput) (*ec2.CreateTagsOutput, error) {
	if len(in.Tags) == 0 {
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter Tag")
	}
	add, err := readTags(in.Tags)
	if err != nil {
		return nil, err
	}
	return change(s, func(st *world.State) (*ec2.CreateTagsOutput, error) {
		at, err := tagsOf(st, in.Resources)
		if err != nil {
			return nil, err
		}
		for _, t := range at {
			merged := maps.Clone(*t)
			if merged == nil {
				merged = world.Tags{}
			}
			maps.Copy(merged, add)
			if len(merged) > maxTags {
				return nil, tooManyTags()
			}
		}
		for _, t := range at {
			if *t == nil {
				*t = world.Tags{}
			}
			maps.Copy(*t, add)
		}
		return &ec2.CreateTagsOutput{}, nil
	})
}

// DeleteTags removes tags: by key, by key and value where a value is given, or all when no tags are named.
func (s *Side) DeleteTags(_ context.Context, in *ec2.DeleteTagsInput) (*ec2.DeleteTagsOutput, error) {
	return change(s, func(st *world.State) (*ec2.DeleteTagsOutput, error) {
		at, err := tagsOf(st, in.Resources)
		if err != nil {
			return nil, err
		}
		for _, t := range at {
			maps.DeleteFunc(*t, func(key, value string) bool {
				return len(in.Tags) == 0 || slices.ContainsFunc(in.Tags, func(d types.Tag) bool {
					return aws.ToString(d.Key) == key && (d.Value == nil || *d.Value == value)
				})
			})
			if len(*t) == 0 {
				*t = nil
			}
		}
		return &ec2.DeleteTagsOutput{}, nil
	})
}

// missingCode is the code for a resource that is not there, by the kind that its id says.
var missingCode = map[string]string{
	"i": "InvalidInstanceID.NotFound", "igw": "InvalidInternetGatewayID.NotFound", "acl": "InvalidNetworkAclID.NotFound",
	"eni": "InvalidNetworkInterfaceID.NotFound", "pl": "InvalidPrefixListID.NotFound", "rtb": "InvalidRouteTableID.NotFound",
	"sg": "InvalidGroup.NotFound", "sgr": "InvalidSecurityGroupRuleId.NotFound", "subnet": "InvalidSubnetID.NotFound",
	"vpc": "InvalidVpcID.NotFound",
}

func tagsOf(st *world.State, ids []string) ([]*world.Tags, error) {
	if len(ids) == 0 {
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter ResourceId")
	}
	var out []*world.Tags
	for _, id := range ids {
		if !world.KnowsPrefix(id) {
			return nil, wire.Errorf("InvalidID", "The ID '%s' is not valid", id)
		}
		t, _, ok := st.TagsAt(id)
		if !ok {
			prefix, _, _ := strings.Cut(id, "-")
			return nil, notFound(missingCode[prefix], "ID", id)
		}
		out = append(out, t)
	}
	return out, nil
}

// DescribeTags lists tags of all resources of EC2, one by one.
func (s *Side) DescribeTags(_ context.Context, in *ec2.DescribeTagsInput) (*ec2.DescribeTagsOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeTagsOutput, error) {
		var all []types.TagDescription
		for _, r := range st.Tagged() {
			for _, t := range ec2Tags(r.Tags) {
				all = append(all, types.TagDescription{Key: t.Key, Value: t.Value, ResourceId: aws.String(r.ID), ResourceType: types.ResourceType(r.Kind)})
			}
		}
		id := func(t types.TagDescription) string { return *t.ResourceId + " " + *t.Key }
		slices.SortFunc(all, func(a, b types.TagDescription) int { return cmp.Compare(id(a), id(b)) })
		k := kind[types.TagDescription]{
			id:   id,
			tags: func(t types.TagDescription) world.Tags { return world.Tags{*t.Key: *t.Value} },
			fields: map[string]func(types.TagDescription) []string{
				"key":           one(func(t types.TagDescription) string { return *t.Key }),
				"value":         one(func(t types.TagDescription) string { return *t.Value }),
				"resource-id":   one(func(t types.TagDescription) string { return *t.ResourceId }),
				"resource-type": one(func(t types.TagDescription) string { return string(t.ResourceType) }),
			},
		}
		rows, next, err := k.list(all, query{filters: in.Filters, max: in.MaxResults, token: in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeTagsOutput{Tags: rows, NextToken: next}, nil
	})
}
