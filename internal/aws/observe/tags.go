package observe

import (
	"context"
	"slices"
	"strings"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
)

// tagsChunk is how many resources one DescribeTags may ask for.
const tagsChunk = 20

type cachedTags struct {
	tags  []model.Tag
	until time.Time
}

// NoteTags remembers tags that were just written, so that no sweep asks for them.
func (o *Observer) NoteTags(arn string, tags []model.Tag) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tags[arn] = cachedTags{sortedTags(tags), o.now().Add(o.kept)}
}

// ForgetTags makes the next sweep ask for the tags of a resource.
func (o *Observer) ForgetTags(arn string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.tags, arn)
}

// cachedTagsOf finds the tags of load balancers and target groups, and asks for those that are not known.
func (o *Observer) cachedTagsOf(ctx context.Context, arns []string) (map[string][]model.Tag, error) {
	now := o.now()
	known := make(map[string][]model.Tag, len(arns))
	var ask []string
	o.mu.Lock()
	for _, arn := range arns {
		if c, ok := o.tags[arn]; ok && now.Before(c.until) {
			known[arn] = c.tags
		} else {
			ask = append(ask, arn)
		}
	}
	o.mu.Unlock()
	read, err := o.tagsOf(ctx, ask)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for arn, tags := range read {
		known[arn] = tags
		o.tags[arn] = cachedTags{tags, now.Add(o.kept)}
	}
	for arn, c := range o.tags {
		if !now.Before(c.until) {
			delete(o.tags, arn)
		}
	}
	return known, nil
}

// tagsOf asks for the tags of resources. One that is gone in the meantime fails a whole call; its neighbours are then
// asked for one by one.
func (o *Observer) tagsOf(ctx context.Context, arns []string) (map[string][]model.Tag, error) {
	out := make(map[string][]model.Tag, len(arns))
	for chunk := range slices.Chunk(arns, tagsChunk) {
		err := o.readTags(ctx, chunk, out)
		if awserr.Is(err, gone()...) && len(chunk) > 1 {
			for _, arn := range chunk {
				if err = o.readTags(ctx, []string{arn}, out); err != nil && !awserr.Is(err, gone()...) {
					return nil, err
				}
			}
			continue
		}
		if err != nil && !awserr.Is(err, gone()...) {
			return nil, err
		}
	}
	return out, nil
}

func (o *Observer) readTags(ctx context.Context, arns []string, into map[string][]model.Tag) error {
	r, err := o.clients.ELB.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: arns})
	if err != nil {
		return awserr.Wrap("DescribeTags", "", err)
	}
	for _, d := range r.TagDescriptions {
		into[value(d.ResourceArn)] = tagsFrom(d.Tags)
	}
	return nil
}

// gone are the codes for resources that do not exist.
func gone() []string {
	return []string{"LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound", "RuleNotFound"}
}

func tagsFrom(list []elbtypes.Tag) []model.Tag {
	out := make([]model.Tag, 0, len(list))
	for _, t := range list {
		out = append(out, model.Tag{Key: value(t.Key), Value: value(t.Value)})
	}
	return sortedTags(out)
}

func sortedTags(list []model.Tag) []model.Tag {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b model.Tag) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// value is what a pointer of the SDK points to; the zero value for none.
func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
