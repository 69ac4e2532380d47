package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestAControllerThatCannotStartSaysWhy(t *testing.T) {
	for _, c := range []struct{ name, args, says string }{
		{"no cluster name", "", "--cluster-name is needed"},
		{"an unknown role", "--role boss", "none of controller, proxy and all"},
		{"a proxy for AWS", "--role proxy --classes alb", "choose --role all"},
		{"a class that there is not", "--cluster-name x --classes alb,traefik", `no class "traefik"`},
		{"two ways to publish", "--role proxy --publish-service a/b --publish-status-address 127.0.0.1", "exclude each other"},
		{"a wrong security group", "--cluster-name x --backend-security-group web", "begins with sg-"},
		{"rules without the group", "--cluster-name x --enable-backend-security-group=false --enable-manage-backend-security-group-rules", "needs --enable-backend-security-group"},
		{"a wrong scheme", "--cluster-name x --default-load-balancer-scheme public", "neither internal nor internet-facing"},
		{"a tracking tag", "--cluster-name x --default-tags elbv2.k8s.aws/cluster=y", "the controller's own"},
		{"a tag of two", "--cluster-name x --default-tags team=a --external-managed-tags team", "is set by the controller"},
		{"an unknown gate", "--cluster-name x --feature-gates Magic=true", `no feature gate "Magic"`},
		{"a guard that nobody would keep", "--cluster-name x --disable-ingress-group-name-annotation", "cannot be carried out"},
		{"a label without value", "--cluster-name x --kubeconfig KUBECONFIG --required-secrets-label team", "not of the form key=value"},
		{"a Service without namespace", "--role proxy --kubeconfig KUBECONFIG --publish-service web", "not of the form namespace/name"},
		{"no cluster", "--role proxy --kubeconfig /does/not/exist", "finding the cluster"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.ReplaceAll(c.args, "KUBECONFIG", kubeconfig(t))
			status, _, said := gwanmun(t, "", append([]string{"controller"}, strings.Fields(args)...)...)
			if status == statusFine || !strings.Contains(said, c.says) {
				t.Errorf("status %d, and it says %q; want %q", status, said, c.says)
			}
		})
	}
}

// kubeconfig leads to a server that nobody has.
func kubeconfig(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := `{apiVersion: v1, kind: Config, current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}],
clusters: [{name: x, cluster: {server: "http://127.0.0.1:1"}}], users: [{name: x, user: {}}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryFlagOfTheOriginalIsKnown(t *testing.T) {
	c := newController(streams{})
	for name := range strings.FieldsSeq(`
		cluster-name log-level kubeconfig watch-namespace sync-period metrics-bind-addr health-probe-bind-addr webhook-bind-port
		webhook-cert-dir webhook-cert-file webhook-key-file kube-ca-pem-filepath enable-leader-election leader-election-id
		leader-election-namespace feature-gates required-secrets-label aws-region aws-vpc-id aws-vpc-tags aws-vpc-tag-key
		aws-max-retries aws-api-endpoints aws-api-throttle ingress-class disable-ingress-class-annotation
		disable-ingress-group-name-annotation ingress-max-concurrent-reconciles tolerate-non-existent-backend-service
		tolerate-non-existent-backend-action allowed-certificate-authority-arns default-pca-arn load-balancer-class
		service-max-concurrent-reconciles service-target-eni-security-group-tags default-tags external-managed-tags
		default-target-type default-load-balancer-scheme default-ssl-policy enable-backend-security-group backend-security-group
		enable-manage-backend-security-group-rules disable-restricted-sg-rules enable-endpoint-slices
		lb-stabilization-monitor-interval enable-shield enable-waf enable-wafv2 targetgroupbinding-max-concurrent-reconciles
		targetgroupbinding-max-exponential-backoff-delay targetgroupbinding-requeue-duration max-targets-per-target-group
		enable-pod-readiness-gate-inject quic-environment-variable-name gateway-class-max-concurrent-reconciles
		alb-gateway-max-concurrent-reconciles nlb-gateway-max-concurrent-reconciles globalaccelerator-max-concurrent-reconciles
		globalaccelerator-max-exponential-backoff-delay`) {
		if c.Flags().Lookup(name) == nil {
			t.Errorf("--%s is not known", name)
		}
	}
	if n := len(knownGates()); n != 24 { // the 23 of the original, one of them under two names
		t.Errorf("%d gates are known", n)
	}
}

func TestFlagsThatAreNotCarriedOutAreRemarkedOnUnlessTheyChangeNothing(t *testing.T) {
	parsed := func(args ...string) *cobra.Command {
		c := newController(streams{})
		if err := c.ParseFlags(args); err != nil {
			t.Fatal(err)
		}
		return c
	}
	remarks, err := judgeUnsupported(parsed("--webhook-bind-port=9443", "--enable-waf", "--disable-ingress-class-annotation=false"))
	if len(remarks) > 0 || err != nil {
		t.Errorf("defaults are remarked on: %v, %v", remarks, err)
	}
	remarks, err = judgeUnsupported(parsed("--webhook-bind-port=9999", "--enable-endpoint-slices=false"))
	if len(remarks) != 2 || err != nil {
		t.Errorf("want two remarks, got %v, %v", remarks, err)
	}
}

func TestFeatureGatesReachTheBuilders(t *testing.T) {
	var f controllerFlags
	c := &cobra.Command{}
	f.add(c)
	err := c.ParseFlags([]string{
		"--cluster-name=x", "--ingress-class=", "--feature-gates=ListenerRulesTagging=false,ALBSingleSubnet=true,EndpointsFailOpen=false,NLBGatewayAPI=true",
	})
	if err != nil {
		t.Fatal(err)
	}
	o := f.ingressOptions()
	if !o.UntaggedRules || !o.FailClosed || !o.SingleSubnet || !o.TakeClassless || o.RefuseIPTargets || o.DefaultSSLPolicy == "" {
		t.Errorf("the builder gets %+v", o)
	}
	if got := f.gates.withoutEffect(); len(got) != 1 || !strings.HasPrefix(got[0], "NLBGatewayAPI=true") {
		t.Errorf("remarks on gates: %v", got)
	}
}

func TestRolesServeTheirClasses(t *testing.T) {
	for role, want := range map[string]string{roleController: "alb nlb", roleProxy: "nginx", roleAll: "alb nlb nginx"} {
		f := controllerFlags{role: role}
		var got []string
		for _, class := range []string{"alb", "nlb", "nginx"} {
			if f.wants(class) {
				got = append(got, class)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("--role %s serves %v, want %s", role, got, want)
		}
	}
}
