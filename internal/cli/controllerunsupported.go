package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// unsupportedFlag is a flag of the AWS controller that is known here and not carried out.
type unsupportedFlag struct {
	name, byDefault string
	// why says what happens in its place.
	why string
	// unsafe says that going on as if nothing had been said would leave something open that was to be closed.
	unsafe bool
}

// text is a flag value that is kept as it was written.
type text string

func (t *text) Set(s string) error { *t = text(s); return nil }
func (t *text) String() string     { return string(*t) }
func (t *text) Type() string       { return "value" }

// unsupportedFlags are all of them, with the original's defaults.
func unsupportedFlags() []unsupportedFlag {
	const (
		webhook = "there is no admission webhook yet: what it would refuse is reported in events"
		gateway = "the Gateway API is not carried out yet"
	)
	return []unsupportedFlag{
		{name: "webhook-bind-port", byDefault: "9443", why: webhook},
		{name: "webhook-cert-dir", why: webhook},
		{name: "webhook-cert-file", byDefault: "tls.crt", why: webhook},
		{name: "webhook-key-file", byDefault: "tls.key", why: webhook},
		{name: "kube-ca-pem-filepath", why: webhook},
		{name: "disable-ingress-class-annotation", byDefault: "false", unsafe: true, why: "only an admission webhook could refuse the annotation, and there is none yet"},
		{name: "disable-ingress-group-name-annotation", byDefault: "false", unsafe: true, why: "only an admission webhook could refuse the annotation, and there is none yet"},
		{name: "enable-pod-readiness-gate-inject", byDefault: "true", why: "readiness gates are honoured, but only an admission webhook could put them into pods"},
		{name: "quic-environment-variable-name", byDefault: "AWS_LBC_QUIC_SERVER_ID", why: "QUIC is not carried out yet"},
		{name: "aws-vpc-tag-key", byDefault: "Name", why: "it is deprecated; use --aws-vpc-tags"},
		{name: "default-pca-arn", why: "certificates are not created yet"},
		{name: "enable-waf", byDefault: "true", why: "WAF classic is not carried out"},
		{name: "enable-endpoint-slices", byDefault: "true", why: "targets always come from EndpointSlices"},
		{name: "lb-stabilization-monitor-interval", byDefault: "2m0s", why: "load balancers are looked at again every few seconds until they are ready"},
		{name: "gateway-class-max-concurrent-reconciles", byDefault: "3", why: gateway},
		{name: "alb-gateway-max-concurrent-reconciles", byDefault: "3", why: gateway},
		{name: "nlb-gateway-max-concurrent-reconciles", byDefault: "3", why: gateway},
		{name: "globalaccelerator-max-concurrent-reconciles", byDefault: "1", why: "accelerators are not carried out yet"},
		{name: "globalaccelerator-max-exponential-backoff-delay", byDefault: "16m40s", why: "accelerators are not carried out yet"},
	}
}

// addUnsupported makes the flags known, so that the arguments of the original are accepted as they are.
func addUnsupported(c *cobra.Command) {
	for _, u := range unsupportedFlags() {
		value := text(u.byDefault)
		c.Flags().Var(&value, u.name, "not carried out: "+u.why)
		if u.byDefault == "true" || u.byDefault == "false" {
			c.Flags().Lookup(u.name).NoOptDefVal = "true"
		}
	}
}

// judgeUnsupported returns what there is to say about flags that were given another value than their default; an error
// when it would not be safe to go on.
func judgeUnsupported(c *cobra.Command) (remarks []string, err error) {
	for _, u := range unsupportedFlags() {
		f := c.Flags().Lookup(u.name)
		if f == nil || !f.Changed || f.Value.String() == u.byDefault {
			continue
		}
		if u.unsafe {
			return nil, fmt.Errorf("--%s=%s cannot be carried out: %s", u.name, f.Value, u.why)
		}
		remarks = append(remarks, fmt.Sprintf("--%s: %s", u.name, u.why))
	}
	return remarks, nil
}
