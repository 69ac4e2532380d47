package testkit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Options of a case, in its section "options".
type Options struct {
	// Class is what short-form Ingresses have when they name none: nginx (the default) or alb.
	Class string `json:"class"`
	// Targets is the number of endpoints of a Service, by "name" or "namespace/name"; 2 when it is not listed.
	Targets map[string]int `json:"targets"`
	// Nodes is the number of nodes; 2 when it is not given.
	Nodes *int `json:"nodes"`
	// Refuse names pods that refuse connections.
	Refuse []string `json:"refuse"`
	// NoClasses leaves out the IngressClasses nginx and alb, which exist otherwise.
	NoClasses bool `json:"noClasses"`
	// Show names parts of the model that are left out otherwise: tags, sources, targets, securityGroups, healthChecks,
	// policies.
	Show []string `json:"show"`
	// LoadBalancer is the ID of the load balancer that requests go to; the only one when it is not given.
	LoadBalancer string `json:"loadBalancer"`
	// Nginx and ALB are the builders' options, by their Go names.
	Nginx map[string]any `json:"nginx"`
	ALB   map[string]any `json:"alb"`
}

func readOptions(text string) (Options, error) {
	var o Options
	if err := yaml.UnmarshalStrict([]byte(text), &o); err != nil {
		return o, err
	}
	for _, part := range o.Show {
		if !slices.Contains(showable, part) {
			return o, fmt.Errorf("show: %q is none of %s", part, strings.Join(showable, ", "))
		}
	}
	o.Class = cmp.Or(o.Class, "nginx")
	return o, nil
}

// builderOptions reads the options of one builder into its own type; unknown names are refused.
func builderOptions[T any](given map[string]any) (T, error) {
	var o T
	text, err := yaml.Marshal(given)
	if err != nil {
		return o, err
	}
	return o, yaml.UnmarshalStrict(text, &o)
}
