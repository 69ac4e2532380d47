package cli

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestWrongFlagsOfElbapiAreNamed(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"extra"}, "extra"},
		{[]string{"--listen", "here"}, "--listen"},
		{[]string{"--listen", ""}, "--listen"},
		{[]string{"--dns-listen", "53"}, "--dns-listen"},
		{[]string{"--addresses", "127.0.0.1"}, "--addresses"},
		{[]string{"--addresses", "::/64"}, "--addresses"},
		{[]string{"--fault", "everything"}, "--fault"},
		{[]string{"--fault", "*:*=throttle,probability=7"}, "--fault"},
		{[]string{"--throttle", "fast"}, "--throttle"},
		{[]string{"--throttle", "NaN/1"}, "--throttle"},
		{[]string{"--access-key", "secret"}, "--access-key"},
		{[]string{"--provisioning", "-1s"}, "--provisioning"},
		{[]string{"--low-port-offset", "70000"}, "--low-port-offset"},
	} {
		status, out, errOut := gwanmun(t, "", append([]string{"elbapi"}, c.args...)...)
		if status != statusUsage || out != "" || !strings.Contains(errOut, c.want) {
			t.Errorf("%v: status %d, %q, %q", c.args, status, out, errOut)
		}
	}
}

func TestAWorldThatIsNotThereIsNamed(t *testing.T) {
	status, _, errOut := gwanmun(t, "", "elbapi", "--listen", "127.0.0.1:0", "--world", "testdata/no-such-world.yaml")
	if status != statusFault || !strings.Contains(errOut, "testdata/no-such-world.yaml") {
		t.Errorf("status %d, %q", status, errOut)
	}
}

func TestTheDefaultWorldCanBePrinted(t *testing.T) {
	status, out, _ := gwanmun(t, "", "elbapi", "--print-world")
	if status != statusFine || !strings.Contains(out, "vpc-0a1b2c3d4e5f60718") {
		t.Errorf("status %d, %q", status, out)
	}
}

func TestElbapiSaysHowToUseItAndStopsCleanly(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var out, errOut output
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	status := make(chan int, 1)
	args := []string{"elbapi", "--listen", "127.0.0.1:0", "--access-key", "me:it's", "--throttle", "aws", "--map-targets"}
	go func() { status <- run(ctx, args, streams{strings.NewReader(""), &out, &errOut}) }()
	endpoint := regexp.MustCompile(`export AWS_ENDPOINT_URL=(http://127\.0\.0\.1:\d+)`)
	var url string
	for deadline := time.Now().Add(time.Minute); url == ""; time.Sleep(5 * time.Millisecond) {
		if found := endpoint.FindStringSubmatch(out.String()); found != nil {
			url = found[1]
		} else if time.Now().After(deadline) {
			t.Fatalf("no endpoint in %q, %q", out.String(), errOut.String())
		}
	}
	for _, want := range []string{
		`export AWS_ACCESS_KEY_ID=me AWS_SECRET_ACCESS_KEY='it'\''s'`, "export AWS_DEFAULT_REGION=ap-northeast-2", "aws elbv2 describe-load-balancers",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url + "/_gwanmun/health")
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
		t.Errorf("health: %s", response.Status)
	}
	cancel()
	if got := <-status; got != statusFine {
		t.Errorf("status %d: %s", got, errOut.String())
	}
}
