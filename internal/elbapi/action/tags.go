package action

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// maxDescribed is how many ARNs or names one describing call takes.
const maxDescribed = 20

// tagsOf checks tags of a request.
func (a *Actions) tagsOf(list []types.Tag) (map[string]string, error) {
	out := make(map[string]string, len(list))
	for _, t := range list {
		key, value := aws.ToString(t.Key), aws.ToString(t.Value)
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128:
			return nil, invalid("The tag key '%s' must have 1 to 128 characters", key)
		case utf8.RuneCountInString(value) > 256:
			return nil, invalid("The value of tag '%s' is longer than 256 characters", key)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return nil, invalid("The tag key '%s' begins with 'aws:', which is reserved", key)
		}
		if _, twice := out[key]; twice {
			return nil, &types.DuplicateTagKeysException{Message: said("The tag key '%s' is given more than once", key)}
		}
		out[key] = value
	}
	return out, a.checkTagCount(out)
}

func (a *Actions) checkTagCount(tags map[string]string) error {
	if most := a.quota(quotaTags); len(tags) > most {
		return &types.TooManyTagsException{Message: said("A resource has at most %d tags; these would be %d", most, len(tags))}
	}
	return nil
}

// shapeTags lists tags by key.
func shapeTags(tags map[string]string) []types.Tag {
	out := make([]types.Tag, 0, len(tags))
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return out
}

// tagged finds the tags of a resource by its ARN.
func tagged(s *store.State, arn string) (map[string]string, error) {
	k, ok := parseARN(arn)
	if !ok {
		return nil, invalid("'%s' is not a valid ARN of a resource with tags", arn)
	}
	switch k {
	case loadBalancerKind:
		if b := s.LoadBalancer(arn); b != nil {
			return b.Tags, nil
		}
	case listenerKind:
		if l := s.Listener(arn); l != nil {
			return l.Tags, nil
		}
	case ruleKind:
		if r := s.Rule(arn); r != nil {
			return r.Tags, nil
		}
	case targetGroupKind:
		if g := s.TargetGroup(arn); g != nil {
			return g.Tags, nil
		}
	case trustStoreKind:
		if t := s.TrustStore(arn); t != nil {
			return t.Tags, nil
		}
	}
	return nil, missing(k, arn)
}

// putTags replaces the tags of a resource that is there.
func putTags(t *store.Tx, arn string, tags map[string]string) {
	switch k, _ := parseARN(arn); k {
	case loadBalancerKind:
		b := *t.LoadBalancer(arn)
		b.Tags = tags
		t.PutLoadBalancer(&b)
	case listenerKind:
		l := *t.Listener(arn)
		l.Tags = tags
		t.PutListener(&l)
	case ruleKind:
		r := *t.Rule(arn)
		r.Tags = tags
		t.PutRule(&r)
	case targetGroupKind:
		g := *t.TargetGroup(arn)
		g.Tags = tags
		t.PutTargetGroup(&g)
	case trustStoreKind:
		x := *t.TrustStore(arn)
		x.Tags = tags
		t.PutTrustStore(&x)
	}
}

// AddTags sets tags of resources, all or none.
func (a *Actions) AddTags(_ context.Context, in *elbv2.AddTagsInput) (*elbv2.AddTagsOutput, error) {
	switch {
	case len(in.ResourceArns) == 0:
		return nil, required("ResourceArns")
	case len(in.Tags) == 0:
		return nil, required("Tags")
	}
	add, err := a.tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	return &elbv2.AddTagsOutput{}, a.store.Update(func(t *store.Tx) error {
		for _, arn := range in.ResourceArns {
			have, err := tagged(t.State, arn)
			if err != nil {
				return err
			}
			all := store.Set(have, add)
			if err := a.checkTagCount(all); err != nil {
				return err
			}
			if !maps.Equal(have, all) {
				putTags(t, arn, all)
			}
		}
		return nil
	})
}

// RemoveTags takes tags off resources, all or none. Keys that are not there are no mistake.
func (a *Actions) RemoveTags(_ context.Context, in *elbv2.RemoveTagsInput) (*elbv2.RemoveTagsOutput, error) {
	switch {
	case len(in.ResourceArns) == 0:
		return nil, required("ResourceArns")
	case len(in.TagKeys) == 0:
		return nil, required("TagKeys")
	}
	return &elbv2.RemoveTagsOutput{}, a.store.Update(func(t *store.Tx) error {
		for _, arn := range in.ResourceArns {
			have, err := tagged(t.State, arn)
			if err != nil {
				return err
			}
			if left := store.Without(have, in.TagKeys); !maps.Equal(have, left) {
				putTags(t, arn, left)
			}
		}
		return nil
	})
}

// DescribeTags lists the tags of up to 20 resources.
func (a *Actions) DescribeTags(_ context.Context, in *elbv2.DescribeTagsInput) (*elbv2.DescribeTagsOutput, error) {
	if len(in.ResourceArns) == 0 {
		return nil, required("ResourceArns")
	}
	if err := checkCount("ResourceArns", in.ResourceArns); err != nil {
		return nil, err
	}
	out := &elbv2.DescribeTagsOutput{TagDescriptions: []types.TagDescription{}}
	var err error
	a.store.View(func(s *store.State) {
		for _, arn := range in.ResourceArns {
			var tags map[string]string
			if tags, err = tagged(s, arn); err != nil {
				return
			}
			out.TagDescriptions = append(out.TagDescriptions, types.TagDescription{ResourceArn: aws.String(arn), Tags: shapeTags(tags)})
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkCount refuses more than 20 ARNs or names at once.
func checkCount(member string, list []string) error {
	if len(list) > maxDescribed {
		return invalid("%s holds %d entries; at most %d can be described at once", member, len(list), maxDescribed)
	}
	return nil
}
