package alb

import (
	"errors"
	"fmt"
)

// Transform is one entry of a transforms.* annotation.
type Transform struct {
	Type              string    `json:"type"`
	URLRewrite        *Rewrites `json:"urlRewriteConfig,omitempty"`
	HostHeaderRewrite *Rewrites `json:"hostHeaderRewriteConfig,omitempty"`
}

// Rewrites is a list of rewrites; load balancers take one.
type Rewrites struct {
	Rewrites []Rewrite `json:"rewrites,omitempty"`
}

// Rewrite replaces what Regex finds.
type Rewrite struct {
	Regex   string `json:"regex"`
	Replace string `json:"replace"`
}

// Rewrite is the transform's only rewrite; nil when it is not valid.
func (t Transform) Rewrite() *Rewrite {
	r := t.URLRewrite
	if t.Type == "host-header-rewrite" {
		r = t.HostHeaderRewrite
	}
	if r == nil || len(r.Rewrites) != 1 {
		return nil
	}
	return &r.Rewrites[0]
}

func validateTransforms(list []Transform) error {
	seen := map[string]bool{}
	for i, t := range list {
		r := t.URLRewrite
		switch t.Type {
		case "url-rewrite":
		case "host-header-rewrite":
			r = t.HostHeaderRewrite
		default:
			return fmt.Errorf("[%d]: the type %q is neither url-rewrite nor host-header-rewrite", i, t.Type)
		}
		switch {
		case r == nil:
			return fmt.Errorf("[%d]: the configuration of %s is missing", i, t.Type)
		case len(r.Rewrites) == 0:
			return fmt.Errorf("[%d]: %s has no rewrites", i, t.Type)
		case len(r.Rewrites) > 1:
			return fmt.Errorf("[%d]: %s has more than one rewrite; load balancers take one", i, t.Type)
		case seen[t.Type]:
			return fmt.Errorf("a rule takes one %s", t.Type)
		case r.Rewrites[0].Regex == "":
			return errors.New("a rewrite has no regex")
		}
		seen[t.Type] = true
	}
	return nil
}
