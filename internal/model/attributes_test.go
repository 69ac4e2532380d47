package model

import (
	"errors"
	"strings"
	"testing"
)

func TestEveryAttributeIsThere(t *testing.T) {
	keys := map[AttributeResource]map[string]bool{}
	rows := map[attributeID]bool{}
	for _, s := range Attributes() {
		if keys[s.Resource] == nil {
			keys[s.Resource] = map[string]bool{}
		}
		keys[s.Resource][s.Key] = true
		if s.Key == "" || s.Kind == "" || s.Doc == "" || !strings.HasSuffix(s.Doc, ".") || len(s.Types) == 0 {
			t.Errorf("%s %q lacks a kind, types or a sentence", s.Resource, s.Key)
		}
		for _, lb := range s.Types {
			id := attributeID{s.Resource, lb, s.Key}
			if rows[id] {
				t.Errorf("%v has two rows", id)
			}
			rows[id] = true
		}
	}
	for resource, want := range map[AttributeResource]int{LoadBalancerAttribute: 25, TargetGroupAttribute: 24, ListenerAttribute: 21} {
		if got := len(keys[resource]); got != want {
			t.Errorf("a %s has %d keys in the table, want %d", resource, got, want)
		}
	}
}

func TestEveryDefaultPassesItsOwnCheck(t *testing.T) {
	for _, s := range Attributes() {
		for _, lb := range s.Types {
			value, ok := AttributeDefault(s.Resource, lb, s.Key)
			if err := CheckAttribute(s.Resource, lb, s.Key, value); !ok || err != nil {
				t.Errorf("%s %s %s: default %q: %v", s.Resource, lb, s.Key, value, err)
			}
		}
	}
}

func TestDefaultsOfAFreshResourceFitTogether(t *testing.T) {
	for _, r := range []AttributeResource{LoadBalancerAttribute, TargetGroupAttribute, ListenerAttribute} {
		for _, lb := range everyType() {
			if err := CheckAttributes(r, lb, nil); err != nil {
				t.Errorf("%s %s: %v", lb, r, err)
			}
		}
	}
}

func TestCheckAttribute(t *testing.T) {
	for _, c := range []struct {
		name     string
		resource AttributeResource
		kind     LoadBalancerType
		key      string
		value    string
		want     string
	}{
		{"a number at its end", LoadBalancerAttribute, Application, "idle_timeout.timeout_seconds", "4000", ""},
		{"a number past its end", LoadBalancerAttribute, Application, "idle_timeout.timeout_seconds", "4001", "from 1 to 4000"},
		{"a number with a sign", LoadBalancerAttribute, Application, "idle_timeout.timeout_seconds", "+60", "no whole number"},
		{"no number", LoadBalancerAttribute, Application, "idle_timeout.timeout_seconds", "", "no whole number"},
		{"a boolean in capitals", LoadBalancerAttribute, Application, "routing.http2.enabled", "True", "true or false"},
		{"a word", LoadBalancerAttribute, Application, "routing.http.xff_header_processing.mode", "keep", "append or preserve or remove"},
		{"a fixed value", LoadBalancerAttribute, Application, "load_balancing.cross_zone.enabled", "false", "must be true"},
		{"the same key of another type", LoadBalancerAttribute, Network, "load_balancing.cross_zone.enabled", "false", ""},
		{"zero outside the range", TargetGroupAttribute, Application, "slow_start.duration_seconds", "0", ""},
		{"between zero and the range", TargetGroupAttribute, Application, "slow_start.duration_seconds", "29", "0 or a number from 30 to 900"},
		{"off", TargetGroupAttribute, Network, "target_group_health.dns_failover.minimum_healthy_targets.count", "off", ""},
		{"off where it is not known", TargetGroupAttribute, Network, "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "off", "a number from 1"},
		{"a cookie of the load balancer", TargetGroupAttribute, Application, "stickiness.app_cookie.cookie_name", "AWSALBTG", "belong to the load balancer"},
		{"a header name", ListenerAttribute, Application, "routing.http.request.x_amzn_tls_version.header_name", "X-TLS", ""},
		{"no header name", ListenerAttribute, Application, "routing.http.request.x_amzn_tls_version.header_name", "X TLS", "no name of a header field"},
		{"a line break in a header", ListenerAttribute, Application, "routing.http.response.x_frame_options.header_value", "a\r\nb", "control characters"},
		{"a long value", ListenerAttribute, Application, "routing.http.response.x_frame_options.header_value", strings.Repeat("a", 1025), "longer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := CheckAttribute(c.resource, c.kind, c.key, c.value)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("want %q, got %v", c.want, err)
			}
			if errors.Is(err, ErrUnknownAttribute) {
				t.Error("the key is known")
			}
		})
	}
}

func TestUnknownAttributesSayWhoKnowsThem(t *testing.T) {
	err := CheckAttribute(TargetGroupAttribute, Application, "proxy_protocol_v2.enabled", "true")
	if !errors.Is(err, ErrUnknownAttribute) || !strings.Contains(err.Error(), "type network") {
		t.Error(err)
	}
	err = CheckAttribute(ListenerAttribute, Application, "proxy_protocol_v3.enabled", "true")
	if !errors.Is(err, ErrUnknownAttribute) || !strings.Contains(err.Error(), "no listener has") {
		t.Error(err)
	}
}

func TestAttributesAreCheckedAgainstEachOther(t *testing.T) {
	for _, c := range []struct {
		resource AttributeResource
		kind     LoadBalancerType
		list     []Attribute
		want     string
	}{
		{LoadBalancerAttribute, Application, []Attribute{{"access_logs.s3.enabled", "true"}}, "needs access_logs.s3.bucket"},
		{LoadBalancerAttribute, Network, []Attribute{{"access_logs.s3.enabled", "true"}, {"access_logs.s3.bucket", "b"}}, ""},
		{TargetGroupAttribute, Application, []Attribute{{"slow_start.duration_seconds", "30"}}, ""},
		{TargetGroupAttribute, Application, []Attribute{{"slow_start.duration_seconds", "30"}, {"load_balancing.algorithm.type", "weighted_random"}}, "needs load_balancing.algorithm.type"},
		{TargetGroupAttribute, Application, []Attribute{{"load_balancing.algorithm.anomaly_mitigation", "on"}}, "weighted_random"},
		{TargetGroupAttribute, Application, []Attribute{{"stickiness.enabled", "true"}, {"stickiness.type", "app_cookie"}}, "cookie_name"},
		{TargetGroupAttribute, GatewayLoadBalancer, []Attribute{{"target_failover.on_unhealthy", "rebalance"}}, "must be equal"},
		{TargetGroupAttribute, Network, []Attribute{{"target_health_state.unhealthy.draining_interval_seconds", "5"}}, "connection_termination.enabled false"},
		{TargetGroupAttribute, Network, []Attribute{{"stickiness.enabled", "true"}, {"stickiness.enabled", "true"}}, "given twice"},
	} {
		err := CheckAttributes(c.resource, c.kind, c.list)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: want %q, got %v", c.list, c.want, err)
		}
	}
}
