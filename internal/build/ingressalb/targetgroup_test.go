package ingressalb

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
)

const endpointsYAML = `
kind: EndpointSlice
metadata: {namespace: shop, name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.1], targetRef: {kind: Pod, name: web-1}}]
---
kind: Node
metadata: {name: n1, labels: {pool: web}}
spec: {providerID: "aws:///a/i-1"}
status: {conditions: [{type: Ready, status: "True"}], addresses: [{type: InternalIP, address: 10.1.0.1}]}
---
kind: Node
metadata: {name: n2}
spec: {providerID: "aws:///a/i-2"}
status: {conditions: [{type: Ready, status: "True"}], addresses: [{type: InternalIP, address: 10.1.0.2}]}
`

func TestTargetGroupWithDefaults(t *testing.T) {
	w := newWorld(t, Options{ClusterName: "c"}, classYAML, webYAML, endpointsYAML, ing("web", "", to("/")))
	want := []model.TargetGroup{{
		ID: "alb/shop/web/web:80", Name: "k8s-shop-web-" + elb.Hash("c", "shop/web", "shop", "web", "u1", "80", "30080", "instance", "HTTP", "HTTP1"),
		Type: model.TargetInstance, Protocol: model.TargetHTTP, ProtocolVersion: model.HTTP1, Port: 30080, IPAddressType: model.IPv4,
		HealthCheck: &model.HealthCheck{
			Protocol: model.TargetHTTP, Port: "traffic-port", Path: "/", IntervalSeconds: 15, TimeoutSeconds: 5,
			HealthyThreshold: 2, UnhealthyThreshold: 2, HTTPCodes: "200",
		},
		Tags: []model.Tag{
			{Key: "elbv2.k8s.aws/cluster", Value: "c"}, {Key: "ingress.k8s.aws/resource", Value: "shop/web-web:80"}, {Key: "ingress.k8s.aws/stack", Value: "shop/web"},
		},
		Binding: &model.Binding{
			Namespace: "shop", Service: "web", Port: "80", TargetType: model.TargetInstance,
			Networking: []model.BindingRule{{SecurityGroup: "backend", Ports: []model.BindingPort{{Protocol: "TCP", Port: "30080"}}}},
		},
		Targets: []model.Target{
			{ID: "i-1", Port: 30080, Zone: "a", Address: "10.1.0.1", Node: "n1"}, {ID: "i-2", Port: 30080, Zone: "a", Address: "10.1.0.2", Node: "n2"},
		},
	}}
	if d := cmp.Diff(want, w.group("shop/web").Model.TargetGroups); d != "" {
		t.Error(d)
	}
}

func TestTargetGroupWithEverything(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, endpointsYAML, ing("web", `
target-type: ip
backend-protocol: HTTPS
backend-protocol-version: GRPC
target-group-attributes: deregistration_delay.timeout_seconds=30,stickiness.enabled=maybe
target-node-labels: pool=web
multi-cluster-target-group: "true"
target-control-port.web.admin: "3000"
healthcheck-port: "9999"
healthcheck-interval-seconds: "5"
healthcheck-timeout-seconds: "9"
healthy-threshold-count: "3"
unhealthy-threshold-count: "11"
tags: Team=shop
`, "rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: admin}}}}]}}]"))
	u := w.group("shop/web")
	tg := u.Model.TargetGroups[0]
	if tg.Port != 1 || tg.ControlPort != 3000 || !tg.Binding.MultiCluster || tg.Binding.NodeSelector != nil || tg.ProtocolVersion != model.GRPC {
		t.Errorf("got %+v %+v", tg, tg.Binding)
	}
	want := &model.HealthCheck{
		Protocol: model.TargetHTTPS, Port: "9999", Path: "/AWS.ALB/healthcheck", IntervalSeconds: 5, TimeoutSeconds: 4,
		HealthyThreshold: 3, UnhealthyThreshold: 2, GRPCCodes: "12",
	}
	if d := cmp.Diff(want, tg.HealthCheck); d != "" {
		t.Error(d)
	}
	if got := attributeText(tg.Attributes); got != "deregistration_delay.timeout_seconds=30" {
		t.Errorf("attributes: %s", got)
	}
	if got := codes(u.Diagnostics); got != "GW5020 GW5022 GW3001" {
		t.Errorf("diagnostics: %v", u.Diagnostics)
	}
}

func TestInstanceTargetsObeyNodeLabelsAndNamedHealthCheckPorts(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, webYAML, endpointsYAML, ing("web", "target-node-labels: pool=web\nhealthcheck-port: admin", to("/")))
	tg := w.group("shop/web").Model.TargetGroups[0]
	if len(tg.Targets) != 1 || tg.Targets[0].Node != "n1" || tg.HealthCheck.Port != "30090" {
		t.Errorf("got %+v %+v", tg.Targets, tg.HealthCheck)
	}
	w = newWorld(t, Options{}, classYAML, webYAML, endpointsYAML, ing("web", "target-type: ip\nhealthcheck-port: http", to("/")))
	tg = w.group("shop/web").Model.TargetGroups[0]
	if len(tg.Targets) != 1 || tg.Targets[0].ID != "10.0.0.1" || tg.HealthCheck.Port != "8080" || tg.Port != 8080 {
		t.Errorf("got %+v %+v", tg.Targets, tg.HealthCheck)
	}
}

func TestAnIPv6ServiceBehindADualstackLoadBalancer(t *testing.T) {
	w := newWorld(t, Options{}, classYAML, "kind: Service\nmetadata: {namespace: shop, name: web}\nspec: {type: NodePort, ipFamilies: [IPv6], ports: [{port: 80, nodePort: 30000}]}\n",
		ing("web", "ip-address-type: dualstack", to("/")))
	if u := w.group("shop/web"); u.Model == nil || u.Model.TargetGroups[0].IPAddressType != model.IPv6 {
		t.Errorf("got %+v", u)
	}
}

func TestNamesOfTwoIngressesCannotMakeOneTargetGroup(t *testing.T) {
	service := func(name string) string {
		return "kind: Service\nmetadata: {namespace: shop, name: " + name + "}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 30000}]}\n"
	}
	path := func(service string) string {
		return "rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: " + service + ", port: {number: 80}}}}]}}]"
	}
	w := newWorld(t, Options{}, classYAML, service("b-c"), service("c"), ing("a", "group.name: g", path("b-c")), ing("a-b", "group.name: g", path("c")))
	groups := w.group("g").Model.TargetGroups
	if len(groups) != 2 || groups[0].ID == groups[1].ID {
		t.Errorf("got %+v", groups)
	}
}
