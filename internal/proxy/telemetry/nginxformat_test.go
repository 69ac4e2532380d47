package telemetry

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// formatted is the line of an exchange in a format of a user.
func formatted(t testing.TB, text string, asJSON bool, change func(*compile.Rule)) string {
	t.Helper()
	x := served()
	x.HTTPS = true
	x.Request.Path, x.Request.Query, x.Request.HasQuery = []byte("/cart"), []byte("id=7"), true
	rule := *x.Rule.(*compile.Rule)
	rule.Policy = &model.Policy{BackendName: "shop-web-80", LogFormat: text, LogFormatJSON: asJSON}
	if change != nil {
		change(&rule)
	}
	x.Rule = &rule
	return one(t, FormatDialect, nginxListener, x)
}

func TestUsersChooseTheFormatOfLines(t *testing.T) {
	for format, want := range map[string]string{
		`$remote_addr:$remote_port $status`:                                   `198.51.100.7:40112 200`,
		`[$time_local] ${time_iso8601} $msec`:                                 `[04/Mar/2026:05:06:07 +0000] 2026-03-04T05:06:07+00:00 1772600767.096`,
		`"$request" $request_method $uri$is_args$args $server_protocol`:       `"GET /cart?id=7 HTTP/1.1" GET /cart?id=7 HTTP/1.1`,
		`$scheme://$host:$server_port$request_uri`:                            `https://shop.test:443/cart?id=7`,
		`$namespace/$ingress_name $service_name:$service_port $location_path`: `shop/web web:80 /cart`,
		`[$proxy_upstream_name] $upstream_addr $upstream_status`:              `[shop-web-80] 10.1.2.2:8080, 10.1.2.3:8080 502, 200`,
		`$upstream_response_time|$upstream_connect_time|$request_time`:        `0.000, 0.014|0.000, 0.000|0.016`,
		`$http_user_agent $http_x_trace $remote_user $req_id`:                 `curl/8.5.0 - - 0123456789abcdef01234567`,
		`$bytes_sent $body_bytes_sent $request_length $ssl_protocol`:          `412 250 118 -`,
		"two\nlines $status": `two lines 200`,
	} {
		if got := formatted(t, format, false, nil); got != want {
			t.Errorf("%s\n got  %s\n want %s", format, got, want)
		}
	}
	if got := formatted(t, "$nothing", false, nil); !nginxForm.MatchString(got) {
		t.Errorf("an unusable format: %s", got)
	}
}

func TestFormatsOfUsersCanBeJSON(t *testing.T) {
	x := served()
	x.Request.Header.Set("User-Agent", []byte("a\"b\\c\x00"))
	x.Rule = &compile.Rule{Policy: &model.Policy{LogFormat: `{"agent":"$http_user_agent","status":$status,"user":"$remote_user"}`, LogFormatJSON: true}}
	line := one(t, FormatDialect, nginxListener, x)
	var got struct{ Agent, User string }
	if err := json.Unmarshal([]byte(line), &got); err != nil || got.Agent != `a\x22b\x5Cc\x00` || got.User != "" {
		t.Errorf("%v in %s", err, line)
	}
}

func TestRulesMayBeLeftOutOfTheLog(t *testing.T) {
	var out strings.Builder
	log := NewAccessLog(LogOptions{Out: &out})
	x := served()
	x.Rule = &compile.Rule{Policy: &model.Policy{NoAccessLog: true}}
	log.Write(nginxListener, x)
	log.Close()
	if out.Len() > 0 {
		t.Errorf("logged: %s", out.String())
	}
}

func TestEveryVariableHasAValue(t *testing.T) {
	for name := range numbers { // any order will do
		if _, err := model.ParseLogFormat("$" + name); err != nil {
			t.Error(err)
		}
	}
	for name, f := range values {
		if _, err := model.ParseLogFormat("$" + name); err != nil || f == nil {
			t.Error(name, err)
		}
	}
	for _, name := range strings.Fields(`remote_addr remote_port remote_user the_real_ip time_local time_iso8601 msec request request_method
		request_uri uri args query_string is_args scheme host server_name server_port server_protocol status body_bytes_sent bytes_sent
		request_length request_time request_id req_id proxy_upstream_name proxy_alternative_upstream_name proxy_host upstream_addr
		upstream_response_length upstream_bytes_received upstream_response_time upstream_connect_time upstream_status namespace
		ingress_name service_name service_port location_path ssl_protocol ssl_cipher ssl_server_name connection`) {
		if numbers[name] == nil && values[name] == nil {
			t.Errorf("$%s has no value", name)
		}
	}
}
