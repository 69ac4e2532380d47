package model

import (
	"errors"
	"fmt"
)

// CheckAttributes checks a resource's attributes one by one and against each other; a change of attributes is all or
// nothing, so one mistake fails all of them. Keys that are not listed count with their defaults.
func CheckAttributes(resource AttributeResource, kind LoadBalancerType, list []Attribute) error {
	var errs []error
	given := make(map[string]string, len(list))
	for _, a := range list {
		if _, twice := given[a.Key]; twice {
			errs = append(errs, fmt.Errorf("%s is given twice", a.Key))
		}
		given[a.Key] = a.Value
		errs = append(errs, CheckAttribute(resource, kind, a.Key, a.Value))
	}
	value := func(key string) string {
		if v, ok := given[key]; ok {
			return v
		}
		v, _ := AttributeDefault(resource, kind, key)
		return v
	}
	for _, rule := range attributeRules {
		if rule.resource == resource && rule.broken(value) {
			errs = append(errs, errors.New(rule.text))
		}
	}
	return errors.Join(errs...)
}

// attributeRule is a demand on several attributes of one resource.
type attributeRule struct {
	resource AttributeResource
	text     string
	broken   func(value func(key string) string) bool
}

var attributeRules = []attributeRule{
	logsNeedBucket("access_logs"), logsNeedBucket("connection_logs"), logsNeedBucket("health_check_logs"),
	{
		TargetGroupAttribute, "stickiness.type app_cookie needs stickiness.app_cookie.cookie_name",
		func(value func(string) string) bool {
			return value("stickiness.enabled") == "true" && value("stickiness.type") == "app_cookie" &&
				value("stickiness.app_cookie.cookie_name") == ""
		},
	},
	{
		TargetGroupAttribute, "slow_start.duration_seconds needs load_balancing.algorithm.type round_robin",
		func(value func(string) string) bool {
			start, algorithm := value("slow_start.duration_seconds"), value("load_balancing.algorithm.type")
			return start != "0" && start != "" && algorithm != "round_robin"
		},
	},
	{
		TargetGroupAttribute, "load_balancing.algorithm.anomaly_mitigation on needs load_balancing.algorithm.type weighted_random",
		func(value func(string) string) bool {
			return value("load_balancing.algorithm.anomaly_mitigation") == "on" &&
				value("load_balancing.algorithm.type") != "weighted_random"
		},
	},
	{
		TargetGroupAttribute, "target_failover.on_deregistration and target_failover.on_unhealthy must be equal",
		func(value func(string) string) bool {
			return value("target_failover.on_deregistration") != value("target_failover.on_unhealthy")
		},
	},
	{
		TargetGroupAttribute, "target_health_state.unhealthy.draining_interval_seconds needs " +
			"target_health_state.unhealthy.connection_termination.enabled false",
		func(value func(string) string) bool {
			interval := value("target_health_state.unhealthy.draining_interval_seconds")
			return interval != "0" && interval != "" &&
				value("target_health_state.unhealthy.connection_termination.enabled") == "true"
		},
	},
}

func logsNeedBucket(logs string) attributeRule {
	return attributeRule{
		LoadBalancerAttribute, logs + ".s3.enabled needs " + logs + ".s3.bucket",
		func(value func(string) string) bool {
			return value(logs+".s3.enabled") == "true" && value(logs+".s3.bucket") == ""
		},
	}
}
