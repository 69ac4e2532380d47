package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/manifest"
)

// planTime bounds reading the cluster and AWS.
const planTime = 5 * time.Minute

func newPlan(s streams) *cobra.Command {
	var f controllerFlags
	var files []string
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say what the controller would change in AWS, and change nothing",
		Long: "Plan reads a cluster and AWS once and says, load balancer by load balancer, which calls `gwanmun controller` with the same\n" +
			"flags would make. With -f it says what would be if the manifests were applied. The exit status is 0 when there is\n" +
			"nothing to do, and 3 when there is.",
		Example: "  gwanmun plan --cluster-name my-cluster --aws-region ap-northeast-2\n" +
			"  gwanmun plan --cluster-name gwanmun-local --aws-endpoint http://127.0.0.1:4566 -f new-ingress.yaml",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return usageError{err}
			}
			if _, err := judgeUnsupported(c); err != nil {
				return usageError{err}
			}
			return planCluster(c.Context(), s, &f, files)
		},
	}
	f.add(c)
	c.Flags().StringArrayVarP(&files, "filename", "f", nil, "manifest or directory that counts as applied; may be given several times")
	return c
}

// planCluster prints the plans of all stacks. It ends with errPlanned when there is something to do.
func planCluster(ctx context.Context, s streams, f *controllerFlags, files []string) error {
	if !f.wants("alb") && !f.wants("nlb") {
		return usageError{fmt.Errorf("class nginx needs nothing from AWS: there is nothing to plan with --role %s", f.role)}
	}
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	logger, err := newLogger(s.err, f.logLevel)
	if err != nil {
		return usageError{err}
	}
	kube.UseLogger(logger)
	config, err := kube.Config(f.kubeconfig, f.context)
	if err != nil {
		return err
	}
	client, err := kube.Connect(config)
	if err != nil {
		return err
	}
	aws, err := f.cloud(ctx, nil, prometheus.NewRegistry(), logger)
	if err != nil {
		return err
	}
	planner, ok := aws.Realizer.(controller.Planner)
	if !ok {
		return fmt.Errorf("%T cannot plan", aws.Realizer)
	}
	overlay, err := overlayOf(s, files)
	if err != nil {
		return err
	}
	plans, diags, err := controller.Preview(ctx, controller.Options{
		Client: client, Cloud: aws, Logger: logger, Watch: kube.WatchOptions{Namespace: f.watchNamespace},
	}, planner, overlay...)
	var b strings.Builder
	changes := 0
	for _, p := range plans {
		fmt.Fprintf(&b, "%s\n", p.Stack)
		if p.Untouched != "" {
			fmt.Fprintf(&b, "  left as it is: %s\n\n", p.Untouched)
			continue
		}
		changes += len(p.Plan.Operations)
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(strings.TrimSuffix(p.Plan.Words(), "\n"), "\n", "\n  "))
		b.WriteString("\n")
	}
	local.WriteDiagnostics(&b, local.DiagnosticStates(local.BySeverity(diags)))
	fmt.Fprintf(&b, "%s, %s\n", plural(len(plans), "load balancer"), plural(changes, "call"))
	_, _ = fmt.Fprint(s.out, b.String()) // nothing can be done about a terminal that is gone
	switch {
	case err != nil:
		return err
	case changes > 0:
		return errPlanned
	}
	return nil
}

// errManifests ends a plan whose manifests were said to be wrong.
var errManifests = errors.New("the manifests cannot be read, so nothing was planned")

// overlayOf reads manifests that count as applied. A mistake in one of them ends it: a plan without what could not be read
// would be taken for the whole.
func overlayOf(s streams, files []string) ([]build.Change, error) {
	if len(files) == 0 {
		return nil, nil
	}
	loaded, _ := manifest.NewLoader(files, s.in, manifest.Limits{}).Load()
	if slices.ContainsFunc(loaded.Diagnostics, func(d diag.Diagnostic) bool { return d.Level == diag.Error }) {
		var b strings.Builder
		local.WriteDiagnostics(&b, local.DiagnosticStates(local.BySeverity(loaded.Diagnostics)))
		_, _ = fmt.Fprint(s.err, b.String()) // nothing can be done about a terminal that is gone
		return nil, errManifests
	}
	if loaded.Files == 0 && len(loaded.Objects) == 0 {
		return nil, usageError{fmt.Errorf("there are no manifests in %s", strings.Join(files, ", "))}
	}
	var out []build.Change
	for _, o := range loaded.Objects {
		out = append(out, build.Change{Put: o.Value})
	}
	return out, nil
}
