package action

import (
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// maxTransform is the longest regular expression and the longest replacement of a transform.
const maxTransform = 1024

// transforms checks the transforms of a rule: one of each type at most, each with one rewrite.
func transforms(list []types.RuleTransform) ([]types.RuleTransform, error) {
	var out []types.RuleTransform
	seen := map[types.TransformTypeEnum]bool{}
	for _, t := range list {
		if seen[t.Type] {
			return nil, invalid("A rule can have only one '%s' transform", t.Type)
		}
		seen[t.Type] = true
		var rewrites []types.RewriteConfig
		switch {
		case t.Type == types.TransformTypeEnumHostHeaderRewrite && t.HostHeaderRewriteConfig != nil && t.UrlRewriteConfig == nil:
			rewrites = t.HostHeaderRewriteConfig.Rewrites
		case t.Type == types.TransformTypeEnumUrlRewrite && t.UrlRewriteConfig != nil && t.HostHeaderRewriteConfig == nil:
			rewrites = t.UrlRewriteConfig.Rewrites
		default:
			return nil, invalid("The transform type '%s' must be host-header-rewrite or url-rewrite, with the configuration of that type only", t.Type)
		}
		if len(rewrites) != 1 {
			return nil, invalid("The '%s' transform holds %d rewrites; it must hold one", t.Type, len(rewrites))
		}
		pattern, with := aws.ToString(rewrites[0].Regex), aws.ToString(rewrites[0].Replace)
		if pattern == "" || len(pattern) > maxTransform || len(with) > maxTransform {
			return nil, invalid("Regex and Replace of the '%s' transform must have at most %d characters, and Regex at least one", t.Type, maxTransform)
		}
		if _, err := regexp.Compile(pattern); err != nil {
			return nil, invalid("Regex '%s' of the '%s' transform cannot be read: %v", pattern, t.Type, err)
		}
		out = append(out, t)
	}
	return out, nil
}
