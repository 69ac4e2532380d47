package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/local"
)

const examples = "../../examples"

// gwanmun runs a command line with standard input.
func gwanmun(t *testing.T, in string, args ...string) (status int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(context.Background(), args, streams{strings.NewReader(in), &o, &e})
	return status, o.String(), e.String()
}

func TestWrongUsageHasAStatusOfItsOwn(t *testing.T) {
	for _, args := range [][]string{
		{"bogus"},
		{"check"},
		{"check", "-f", examples, "extra"},
		{"check", "-f", examples, "-o", "xml"},
		{"check", "--no-such-flag"},
		{"explain", "-f", examples},
		{"explain", "-f", examples, "-H", "nothing", "http://a/"},
		{"docs", "annotations", "gce"},
		{"docs", "messages", "GW9999"},
		{"check", "-f", examples, "--ingress-class", ""},
		{"check", "-f", examples, "--configmap", "no-namespace"},
	} {
		if status, out, errOut := gwanmun(t, "", args...); status != statusUsage || out != "" || !strings.HasPrefix(errOut, "gwanmun: ") {
			t.Errorf("%v: status %d, %q, %q", args, status, out, errOut)
		}
	}
}

func TestAMistypedCommandIsNamedWhateverItsFlags(t *testing.T) {
	for _, args := range [][]string{{"chek"}, {"chek", "-f", examples}, {"serv", "--http-port", "80"}} {
		_, _, errOut := gwanmun(t, "", args...)
		want := map[string]string{"chek": "check", "serv": "serve"}[args[0]]
		if !strings.Contains(errOut, `no command "`+args[0]+`"; did you mean "`+want+`"?`) {
			t.Errorf("%v: %s", args, errOut)
		}
	}
	if status, _, errOut := gwanmun(t, "", "--bogus"); status != statusUsage || !strings.Contains(errOut, "--bogus") {
		t.Errorf("a flag that is not known: status %d, %s", status, errOut)
	}
}

func TestCheckOfTheExamplesIsFine(t *testing.T) {
	status, out, errOut := gwanmun(t, "", "check", "-f", examples)
	if status != statusFine || !strings.Contains(out, "9 of 9 Ingresses would be served; 0 errors, 0 warnings") {
		t.Errorf("status %d\n%s%s", status, out, errOut)
	}
}

func TestCheckNamesEveryMistakeOfBrokenManifests(t *testing.T) {
	status, out, _ := gwanmun(t, "", "check", "-f", "testdata/broken")
	if status != statusFault {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{
		"testdata/broken/indented.yaml:8: error GW1003: line 8: wrong indentation: annotations is indented by 4, deeper than line 7",
		"testdata/broken/fallen-out.yaml:13: warning GW1009 Ingress default/fallen-out spec.rules[0].paths: the field is not known",
		"http beside it is empty: indent paths",
		"error GW1012 Ingress default/old-fields spec.rules[0].http.paths[0].backend",
		"serviceName and servicePort belong to the retired v1beta1",
		"error GW2012 Ingress default/no-service",
		"3 of 3 Ingresses would be served",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestCheckAsJSONHoldsWhatTheTextHolds(t *testing.T) {
	status, out, _ := gwanmun(t, "", "check", "-f", "testdata/broken", "-o", "json")
	var v struct {
		Ingresses   []local.IngressState
		Diagnostics []local.DiagnosticState
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil || status != statusFault {
		t.Fatalf("status %d, %v", status, err)
	}
	found := false
	for _, d := range v.Diagnostics {
		found = found || d.Code == "GW1003" && d.Line == 8 && d.Level == "error" && d.Remedy != "" && strings.HasSuffix(d.File, "indented.yaml")
	}
	if !found || len(v.Ingresses) != 3 {
		t.Errorf("got %s", out)
	}
}

func TestCheckReadsStandardInput(t *testing.T) {
	status, out, _ := gwanmun(t, "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {prots: []}\n", "check", "-f", "-")
	if status != statusFine || !strings.Contains(out, "standard input:4: warning GW1009") || !strings.Contains(out, "did you mean ports") {
		t.Errorf("status %d\n%s", status, out)
	}
}

func TestCheckAndExplainTakeTheSettingsOfClassNginxFromAConfigMap(t *testing.T) {
	const in = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ingress-nginx-controller, namespace: web}\ndata: {proxy-body-size: huge}\n" +
		"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: web}\ndata: {block-cidrs: 10.0.0.0/8}\n"
	for _, c := range []struct {
		flag string
		says []string
	}{
		{"", []string{"standard input:1: notice GW1119 ConfigMap web/ingress-nginx-controller", "standard input:4: warning GW4061", "GW1121 ConfigMap web/other"}},
		{"web/other", []string{"GW1121 ConfigMap web/ingress-nginx-controller", "standard input:9: error GW4060"}},
		{"web/none", []string{"GW1120 ConfigMap web/none"}},
	} {
		if status, out, _ := gwanmun(t, in, "check", "-f", "-", "--configmap", c.flag); status == statusUsage || !containsAll(out, c.says) {
			t.Errorf("--configmap %q: status %d\n%s", c.flag, status, out)
		}
	}
	_, out, _ := gwanmun(t, in, "explain", "-f", "-", "-f", examples, "--configmap", "web/other", "http://apache.127.0.0.1.sslip.io/")
	if !strings.Contains(out, "block-cidrs is not carried out") {
		t.Errorf("explain does not know the settings:\n%s", out)
	}
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

func TestAMissingFileIsAnErrorAndNoUsageMistake(t *testing.T) {
	if status, out, _ := gwanmun(t, "", "check", "-f", "testdata/none"); status != statusFault || !strings.Contains(out, "no such file") {
		t.Errorf("status %d\n%s", status, out)
	}
}

func TestExplainAnswersOnStandardOutput(t *testing.T) {
	status, out, errOut := gwanmun(t, "", "explain", "-f", examples, "-u", "foo:bar", "-X", "POST", "http://apache-auth.127.0.0.1.sslip.io/")
	if status != statusFine || !strings.Contains(out, `lets user "foo" in`) || !strings.Contains(out, "sent to target group nginx/default/apache/80") {
		t.Errorf("status %d\n%s%s", status, out, errOut)
	}
}

func TestReferencesArePrinted(t *testing.T) {
	for want, args := range map[string][]string{
		"# Annotations of class alb":                 {"docs", "annotations"},
		"nginx.ingress.kubernetes.io/rewrite-target": {"docs", "annotations", "nginx"},
		"### keep-alive-requests":                    {"docs", "configmap"},
		"GW1003 (error)":                             {"docs", "messages", "GW1003"},
		"gwanmun ":                                   {"version"},
	} {
		if status, out, _ := gwanmun(t, "", args...); status != statusFine || !strings.Contains(out, want) {
			t.Errorf("%v: status %d, %.200q", args, status, out)
		}
	}
}
