package side

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

const (
	taggingPage       = 50
	taggingPageMost   = 100
	maxTagFilters     = 50
	maxResourceByARN  = 100
	maxResourceByType = 100
)

// GetResources lists resources that have tags, of all services here, by type and tags.
func (s *Side) GetResources(_ context.Context, in *tagging.GetResourcesInput) (*tagging.GetResourcesOutput, error) {
	size, err := checkGetResources(in)
	if err != nil {
		return nil, err
	}
	var all []Resource
	for _, r := range append(s.balancers(), s.ownResources()...) {
		if len(r.Tags) > 0 && wanted(r, in) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Resource) int { return cmp.Compare(a.ARN, b.ARN) })
	rows, next, ok := page(all, func(r Resource) string { return r.ARN }, size, in.PaginationToken)
	if !ok {
		return nil, &types.PaginationTokenExpiredException{Message: aws.String("The pagination token is not valid.")}
	}
	if next == nil {
		next = aws.String("") // as the service does on its last page
	}
	return &tagging.GetResourcesOutput{PaginationToken: next, ResourceTagMappingList: shown(rows, func(r Resource) types.ResourceTagMapping {
		return types.ResourceTagMapping{ResourceARN: aws.String(r.ARN), Tags: pairs(r.Tags, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })}
	})}, nil
}

func checkGetResources(in *tagging.GetResourcesInput) (int, error) {
	bad := func(why string) (int, error) { return 0, &types.InvalidParameterException{Message: aws.String(why)} }
	size := taggingPage
	if in.ResourcesPerPage != nil {
		size = int(*in.ResourcesPerPage)
	}
	switch {
	case size < 1 || size > taggingPageMost:
		return bad("ResourcesPerPage must be from 1 to 100")
	case in.TagsPerPage != nil && (*in.TagsPerPage < 100 || *in.TagsPerPage > 500 || *in.TagsPerPage%100 != 0):
		return bad("TagsPerPage must be from 100 to 500, in steps of 100")
	case len(in.TagFilters) > maxTagFilters:
		return bad("at most 50 tag filters are allowed")
	case len(in.ResourceTypeFilters) > maxResourceByType:
		return bad("at most 100 resource type filters are allowed")
	case len(in.ResourceARNList) > maxResourceByARN:
		return bad("at most 100 ARNs are allowed")
	case len(in.ResourceARNList) > 0 && (len(in.TagFilters) > 0 || len(in.ResourceTypeFilters) > 0 || in.ResourcesPerPage != nil):
		return bad("ResourceARNList cannot be combined with filters or ResourcesPerPage")
	}
	for _, f := range in.TagFilters {
		if aws.ToString(f.Key) == "" {
			return bad("a tag filter needs a key")
		}
		if len(f.Values) > 20 {
			return bad("a tag filter can have at most 20 values")
		}
	}
	for _, f := range in.ResourceTypeFilters {
		if service, _, _ := strings.Cut(f, ":"); service == "" || strings.HasSuffix(f, ":") {
			return bad("resource type filter " + f + " has not the form service or service:type")
		}
	}
	return size, nil
}

// wanted says whether a resource meets the filters: one of the types, and each of the tags with one of its values.
func wanted(r Resource, in *tagging.GetResourcesInput) bool {
	if len(in.ResourceARNList) > 0 && !slices.Contains(in.ResourceARNList, r.ARN) {
		return false
	}
	if len(in.ResourceTypeFilters) > 0 && !slices.ContainsFunc(in.ResourceTypeFilters, func(f string) bool { return isType(r.ARN, f) }) {
		return false
	}
	for _, f := range in.TagFilters {
		value, ok := r.Tags[*f.Key]
		if !ok || len(f.Values) > 0 && !slices.Contains(f.Values, value) {
			return false
		}
	}
	return true
}

// isType says whether an ARN is of a type such as elasticloadbalancing:targetgroup; the service alone is all of its types.
func isType(arn, filter string) bool {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return false
	}
	service, kind, typed := strings.Cut(filter, ":")
	if parts[2] != service {
		return false
	}
	return !typed || parts[5] == kind || strings.HasPrefix(parts[5], kind+"/") || strings.HasPrefix(parts[5], kind+":")
}

// ownResources are those of EC2, ACM and WAFv2.
func (s *Side) ownResources() []Resource {
	var out []Resource
	_ = s.world.View(func(st *world.State) error {
		for _, r := range st.Tagged() {
			out = append(out, Resource{ARN: st.Identity.ARN("ec2", r.Kind+"/"+r.ID), Tags: r.Tags})
		}
		for _, c := range world.Sorted(st.Certificates) {
			out = append(out, Resource{ARN: c.ARN, Tags: maps.Clone(c.Tags)})
		}
		for _, a := range world.Sorted(st.WebACLs) {
			out = append(out, Resource{ARN: a.ARN, Tags: maps.Clone(a.Tags)})
		}
		return nil
	})
	return out
}
