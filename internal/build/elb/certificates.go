package elb

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Certificate fills in what a known answer holds about an ARN. The question is not asked for it: AWS needs no more than
// the ARN, and only a lookups file gives a key.
func (q *Questions) Certificate(arn string) model.Certificate {
	c := model.Certificate{ID: arn}
	answer, _ := q.Known(lookup.Question{Kind: lookup.Certificates})
	for _, known := range answer.Certificates {
		if known.ARN == arn {
			c.Chain, c.Key = known.Chain, known.Key
			for _, n := range known.Names {
				c.Hosts = append(c.Hosts, strings.ToLower(n))
			}
			slices.Sort(c.Hosts)
		}
	}
	return c
}
