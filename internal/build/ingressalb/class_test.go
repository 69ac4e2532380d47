package ingressalb

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestWhoseAnIngressIs(t *testing.T) {
	const other = "kind: IngressClass\nmetadata: {name: other}\nspec: {controller: example.com/other}\n"
	const defaulted = "kind: IngressClass\nmetadata: {name: alb, annotations: {ingressclass.kubernetes.io/is-default-class: \"true\"}}\nspec: {controller: ingress.k8s.aws/alb}\n"
	const otherDefault = "kind: IngressClass\nmetadata: {name: other, annotations: {ingressclass.kubernetes.io/is-default-class: \"true\"}}\nspec: {controller: example.com/other}\n"
	bare := "kind: Ingress\nmetadata: {namespace: shop, name: web}\nspec: {" + to("/") + "}\n"
	withParams := func(ref string) string {
		return "kind: IngressClass\nmetadata: {name: alb}\nspec: {controller: ingress.k8s.aws/alb, parameters: " + ref + "}\n"
	}
	const ourParams = "{apiGroup: elbv2.k8s.aws, kind: IngressClassParams, name: p}"
	for name, c := range map[string]struct {
		options Options
		docs    []string
		ours    bool
		codes   string
	}{
		"class of our controller":         {Options{}, []string{classYAML, ing("web", "", to("/"))}, true, ""},
		"class of another controller":     {Options{}, []string{other, ing("web", "", "ingressClassName: other\n"+to("/"))}, false, ""},
		"missing class":                   {Options{}, []string{ing("web", "", to("/"))}, false, "GW2101"},
		"annotation":                      {Options{}, []string{ing("web", "kubernetes.io/ingress.class: alb", to("/"))}, true, ""},
		"annotation of another":           {Options{}, []string{classYAML, ing("web", "kubernetes.io/ingress.class: nginx", "ingressClassName: alb\n"+to("/"))}, false, ""},
		"annotation by the flag's value":  {Options{IngressClass: "mine"}, []string{ing("web", "kubernetes.io/ingress.class: mine", to("/"))}, true, ""},
		"nothing":                         {Options{}, []string{classYAML, bare}, false, ""},
		"nothing, but a default class":    {Options{}, []string{defaulted, bare}, true, ""},
		"nothing, and another's default":  {Options{TakeClassless: true}, []string{otherDefault, bare}, false, ""},
		"nothing, and two defaults":       {Options{TakeClassless: true}, []string{defaulted, otherDefault, bare}, false, "GW2102"},
		"nothing, and we take everything": {Options{TakeClassless: true}, []string{bare}, true, ""},
		"params of a wrong kind":          {Options{}, []string{withParams("{apiGroup: x, kind: IngressClassParams, name: p}"), ing("web", "", to("/"))}, false, "GW2103"},
		"params that are missing":         {Options{}, []string{withParams(ourParams), ing("web", "", to("/"))}, false, "GW2104"},
		"params of another namespace": {Options{}, []string{
			withParams(ourParams), ing("web", "", to("/")),
			"kind: IngressClassParams\nmetadata: {name: p}\nspec: {namespaceSelector: {matchLabels: {team: shop}}}\n",
		}, false, "GW2105"},
		"params of this namespace": {Options{}, []string{
			withParams(ourParams), ing("web", "", to("/")), "kind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n",
			"kind: IngressClassParams\nmetadata: {name: p}\nspec: {namespaceSelector: {matchLabels: {team: shop}}}\n",
		}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.options, append(c.docs, webYAML)...)
			if got := w.group("shop/web").Model != nil; got != c.ours {
				t.Errorf("ours = %v", got)
			}
			if got := codes(w.b.Build(w.Input, "alb/ingress/shop/web").Diagnostics); got != c.codes {
				t.Errorf("want %q, got %q", c.codes, got)
			}
			if listed := len(w.b.Units(w.Input)) > 0; listed != (c.ours || c.codes != "") {
				t.Errorf("units: %v", w.b.Units(w.Input))
			}
		})
	}
}

const paramsYAML = `
kind: IngressClass
metadata: {name: alb}
spec: {controller: ingress.k8s.aws/alb, parameters: {apiGroup: elbv2.k8s.aws, kind: IngressClassParams, name: p}}
---
kind: IngressClassParams
metadata: {name: p}
spec:
  group: {name: shared}
  scheme: internet-facing
  loadBalancerName: from-params
  ipAddressType: dualstack
  targetType: ip
  sslPolicy: P
  certificateArn: [arn:p]
  inboundCIDRs: [10.0.0.0/8]
  PrefixListsIDs: [pl-old]
  tags: [{key: Team, value: params}]
  loadBalancerAttributes: [{key: idle_timeout.timeout_seconds, value: "99"}]
  listeners: [{protocol: HTTPS, port: 443, listenerAttributes: [{key: routing.http.response.server.enabled, value: "false"}]}]
  minimumLoadBalancerCapacity: {capacityUnits: 7}
  ipamConfiguration: {ipv4IPAMPoolId: pool}
  wafv2AclArn: arn:acl
`

func TestIngressClassParamsBeatAnnotations(t *testing.T) {
	w := newWorld(t, Options{ClusterName: "c"}, paramsYAML, webYAML, ing("web", `
group.name: other
scheme: internal
load-balancer-name: mine
ip-address-type: ipv4
target-type: instance
ssl-policy: Q
certificate-arn: arn:a
inbound-cidrs: 11.0.0.0/8
tags: Team=mine,Env=dev
load-balancer-attributes: idle_timeout.timeout_seconds=1,routing.http2.enabled=false
listener-attributes.HTTPS-443: routing.http.response.server.enabled=true
wafv2-acl-arn: none
`, to("/")))
	u := w.group("shared")
	if u.Model == nil || len(u.Diagnostics) != 0 {
		t.Fatalf("%v", u.Diagnostics)
	}
	lb := u.Model.LoadBalancers[0]
	l := lb.Listeners[0]
	for what, pair := range map[string][2]string{
		"scheme":              {string(lb.Scheme), "internet-facing"},
		"name":                {lb.Name, "from-params"},
		"IP type":             {string(lb.IPAddressType), "dualstack"},
		"target type":         {string(u.Model.TargetGroups[0].Type), "ip"},
		"policy":              {l.SSLPolicy, "P"},
		"certificate":         {l.DefaultCertificate, "arn:p"},
		"attributes":          {attributeText(lb.Attributes), "idle_timeout.timeout_seconds=99 routing.http2.enabled=false"},
		"listener attributes": {attributeText(l.Attributes), "routing.http.response.server.enabled=false"},
		"web ACL":             {lb.WebACL, "arn:acl"},
		"pool":                {lb.IPAMPoolID, "pool"},
		"tags":                {tagText(lb.Tags), "Env=dev Team=params elbv2.k8s.aws/cluster=c ingress.k8s.aws/resource=LoadBalancer ingress.k8s.aws/stack=shared"},
		"sources":             {managed(u.Model).Ingress[0].CIDR + " " + managed(u.Model).Ingress[1].PrefixList, "10.0.0.0/8 pl-old"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: want %s, got %s", what, pair[1], pair[0])
		}
	}
	if lb.MinimumCapacityUnits != 7 {
		t.Errorf("capacity: %d", lb.MinimumCapacityUnits)
	}
}

func TestTargetTypeOfParamsBeatsServicesAndTheirsBeatsTheIngress(t *testing.T) {
	service := strings.Replace(webYAML, "name: web, uid: u1}", "name: web, uid: u1, annotations: {alb.ingress.kubernetes.io/target-type: ip, alb.ingress.kubernetes.io/healthcheck-path: /s}}", 1)
	docs := func(class string) []string {
		return []string{class, service, ing("web", "target-type: instance\nhealthcheck-path: /i\nsuccess-codes: \"200-204\"", to("/"))}
	}
	tg := newWorld(t, Options{}, docs(classYAML)...).group("shop/web").Model.TargetGroups[0]
	if tg.Type != model.TargetIP || tg.HealthCheck.Path != "/s" || tg.HealthCheck.HTTPCodes != "200-204" {
		t.Errorf("got %+v %+v", tg, tg.HealthCheck)
	}
	forced := strings.Replace(strings.Replace(paramsYAML, "targetType: ip", "targetType: instance", 1), "group: {name: shared}", "", 1)
	tg = newWorld(t, Options{}, docs(forced)...).group("shop/web").Model.TargetGroups[0]
	if tg.Type != model.TargetInstance || tg.Port != 30080 {
		t.Errorf("got %+v", tg)
	}
}

func TestUnitsOfEveryKindOfObject(t *testing.T) {
	w := newWorld(t, Options{}, paramsYAML, webYAML, ing("web", "", to("/")),
		strings.Replace(ing("own", "kubernetes.io/ingress.class: alb\nactions.x: '{\"type\":\"forward\",\"forwardConfig\":{\"targetGroups\":[{\"serviceName\":\"api\",\"servicePort\":80}]}}'\n"+oidc("login"),
			"rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: x, port: {name: use-annotation}}}}]}}]"), "xx", "xx", 1))
	web, own := "alb/group/shared alb/ingress/shop/web", "alb/group/shop/own alb/ingress/shop/own"
	for _, c := range []struct {
		key  objects.Key
		want string
	}{
		{objects.Key{Kind: objects.KindIngress, Name: objects.Name{Namespace: "shop", Name: "web"}}, web},
		{objects.Key{Kind: objects.KindService, Name: objects.Name{Namespace: "shop", Name: "web"}}, web},
		{objects.Key{Kind: objects.KindService, Name: objects.Name{Namespace: "shop", Name: "api"}}, own},
		{objects.Key{Kind: objects.KindSecret, Name: objects.Name{Namespace: "shop", Name: "login"}}, own},
		{objects.Key{Kind: objects.KindSecret, Name: objects.Name{Namespace: "other", Name: "login"}}, ""},
		{objects.Key{Kind: objects.KindIngressClassParams, Name: objects.Name{Name: "p"}}, web},
		{objects.Key{Kind: objects.KindIngressClass, Name: objects.Name{Name: "alb"}}, strings.Join([]string{"alb/group/shared", "alb/group/shop/own", "alb/ingress/shop/own", "alb/ingress/shop/web"}, " ")},
		{objects.Key{Kind: objects.KindNamespace, Name: objects.Name{Name: "shop"}}, ""},
		{objects.Key{Kind: objects.KindEndpointSlice, Name: objects.Name{Namespace: "shop", Name: "web"}}, ""},
	} {
		if got := strings.Join(w.b.UnitsOf(w.Input, c.key), " "); got != c.want {
			t.Errorf("%v: want %s, got %s", c.key, c.want, got)
		}
	}
}
