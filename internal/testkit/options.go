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
	// Class is what short-form Ingresses have when they name none: nginx (the default) or alb. Short-form Services have class
	// nlb only where they, or the case with this member, say so.
	Class string `json:"class"`
	// Targets is the number of endpoints of a Service, by "name" or "namespace/name"; 2 when it is not listed.
	Targets map[string]int `json:"targets"`
	// Nodes is the number of nodes; 2 when it is not given.
	Nodes *int `json:"nodes"`
	// Refuse names pods that refuse connections.
	Refuse []string `json:"refuse"`
	// HealthPace divides the intervals of health checks; 1 when it is not given.
	HealthPace int `json:"healthPace"`
	// Zone is the zone that the proxy stands in; it stands for all zones when it is not given.
	Zone string `json:"zone"`
	// OutlierFailures is how many failures in a row give a target a pause; 0 is never.
	OutlierFailures int `json:"outlierFailures"`
	// Provider puts an OpenID provider at https://id.example (package provider says what goes wrong at which address), and user
	// pools of Cognito there too.
	Provider bool `json:"provider"`
	// AnyClient has security groups keep nobody out: who is kept out waits for twenty seconds.
	AnyClient bool `json:"anyClient"`
	// NoClasses leaves out the IngressClasses nginx and alb, which exist otherwise.
	NoClasses bool `json:"noClasses"`
	// Show names parts of the model that are left out otherwise: tags, sources, targets, securityGroups, healthChecks,
	// policies, networking.
	Show []string `json:"show"`
	// LoadBalancer is the ID of the load balancer that requests go to; the only one when it is not given.
	LoadBalancer string `json:"loadBalancer"`
	// AWSRefuses are what AWS refuses in this case: codes, and sentences for what we do not even ask of it. It must be all of
	// them and no others.
	AWSRefuses []string `json:"awsRefuses"`
	// Nginx, ALB and NLB are the builders' options, by their Go names.
	Nginx map[string]any `json:"nginx"`
	ALB   map[string]any `json:"alb"`
	NLB   map[string]any `json:"nlb"`
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

// cluster is the name of the cluster, for all classes.
func (o *Options) cluster() string {
	for _, given := range []map[string]any{o.ALB, o.NLB} {
		if name, ok := member(given, "ClusterName").(string); ok && name != "" {
			return name
		}
	}
	return "case"
}

// foreignTags are keys of tags that others manage.
func (o *Options) foreignTags() []string {
	var out []string
	for _, given := range []map[string]any{o.ALB, o.NLB} {
		list, _ := member(given, "ExternalManagedTags").([]any)
		for _, key := range list {
			out = append(out, fmt.Sprint(key))
		}
	}
	return out
}

// member finds an option of a builder; case does not matter there.
func member(given map[string]any, name string) any {
	for key, value := range given {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}
