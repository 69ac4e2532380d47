package compile

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

func TestNamesThatLeadOutOfTheFolderAreRefused(t *testing.T) {
	for name, want := range map[string]bool{
		"my-logs": true, "a.b.c": true, "abc": true, "ab": false, "": false, "..": false, "../x": false, "A-b": false, "a/b": false,
		"-ab": false, "ab-": false, "a..b": false, strings.Repeat("a", 64): false, "a\x00b": false,
	} {
		if validBucket(name) != want {
			t.Errorf("bucket %q: %v", name, !want)
		}
	}
	for prefix, want := range map[string]bool{
		"": true, "a": true, "team/a": true, "/team/a/": true, "..": false, "a/../../b": false, "a//b": false, "./a": false,
		"xAWSLogsx": false, "a b": false, "a\nb": false, "ä": false,
	} {
		if validPrefix(prefix) != want {
			t.Errorf("prefix %q: %v", prefix, !want)
		}
	}
}

func TestDeliveryNeedsABucket(t *testing.T) {
	for _, c := range []struct {
		say        string
		attributes []model.Attribute
		want       Delivery
		bad        int
	}{
		{"nothing is delivered by default", nil, Delivery{}, 0},
		{"a bucket alone switches nothing on", []model.Attribute{{Key: "access_logs.s3.bucket", Value: "logs"}}, Delivery{Access: Destination{Bucket: "logs"}}, 0},
		{"all three", []model.Attribute{
			{Key: "access_logs.s3.enabled", Value: "true"},
			{Key: "access_logs.s3.bucket", Value: "logs"},
			{Key: "access_logs.s3.prefix", Value: "/a/"},
			{Key: "connection_logs.s3.enabled", Value: "true"},
			{Key: "connection_logs.s3.bucket", Value: "conns"},
			{Key: "health_check_logs.s3.enabled", Value: "true"},
			{Key: "health_check_logs.s3.bucket", Value: "checks"},
		}, Delivery{
			Access: Destination{true, "logs", "a"}, Connection: Destination{true, "conns", ""}, HealthCheck: Destination{true, "checks", ""},
		}, 0},
		{"no bucket", []model.Attribute{{Key: "access_logs.s3.enabled", Value: "true"}}, Delivery{}, 1},
		{"a bucket that leads elsewhere", []model.Attribute{
			{Key: "access_logs.s3.enabled", Value: "true"}, {Key: "access_logs.s3.bucket", Value: "../etc"},
		}, Delivery{Access: Destination{Bucket: "../etc"}}, 1},
		{"a prefix that leads elsewhere is left out", []model.Attribute{
			{Key: "access_logs.s3.enabled", Value: "true"}, {Key: "access_logs.s3.bucket", Value: "logs"}, {Key: "access_logs.s3.prefix", Value: "../x"},
		}, Delivery{Access: Destination{true, "logs", ""}}, 1},
	} {
		var diags []diag.Diagnostic
		if got := delivery(&model.LoadBalancer{ID: "lb", Attributes: c.attributes}, &diags); got != c.want || len(diags) != c.bad {
			t.Errorf("%s: %+v, %v", c.say, got, diags)
		}
	}
}
