package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/diag"
)

func newDocs(s streams) *cobra.Command {
	docs := &cobra.Command{
		Use:   "docs",
		Short: "Print reference pages",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	docs.AddCommand(newDocsAnnotations(s), newDocsConfigMap(s), newDocsMessages(s))
	return docs
}

func newDocsAnnotations(s streams) *cobra.Command {
	return &cobra.Command{
		Use:       "annotations [alb|nginx|nlb]",
		Short:     "Print the reference of all annotations, as Markdown",
		ValidArgs: []string{"alb", "nginx", "nlb"},
		Args:      usage(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		RunE: func(_ *cobra.Command, args []string) error {
			pages := []struct{ class, text string }{{"alb", albPage().Markdown()}, {"nginx", nginx.Page().Markdown()}, {"nlb", nlbPage().Markdown()}}
			for _, p := range pages {
				if len(args) == 1 && args[0] != p.class {
					continue
				}
				if _, err := fmt.Fprintln(s.out, p.text); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newDocsConfigMap(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "configmap",
		Short: "Print the reference of class nginx's ConfigMap, as Markdown",
		Args:  usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.out, nginx.ConfigPage().Markdown())
			return err
		},
	}
}

// albPage is the reference page of class alb.
func albPage() annotation.Page {
	return annotation.Page{
		Title: "Annotations of class alb",
		Intro: "Annotations of the AWS Load Balancer Controller. *Internal* says whether our own proxy carries one out, " +
			"*external* whether an AWS load balancer does.",
		Registry: alb.Registry(), Internal: true, External: true,
	}
}

// nlbPage is the reference page of network load balancers.
func nlbPage() annotation.Page {
	return annotation.Page{
		Title: "Annotations of Services with a network load balancer",
		Intro: "Annotations of the AWS Load Balancer Controller for Services. *Internal* says whether our own data plane carries one " +
			"out (behind the embedded AWS API), *external* whether an AWS load balancer does. Where a value is invalid and the whole " +
			"object is not served, a load balancer that exists already stays as it is.",
		Registry: nlb.Registry(), Internal: true, External: true,
	}
}

func newDocsMessages(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "messages [CODE]",
		Short: "Print what the messages mean, or one of them",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			found := false
			for _, m := range diag.Catalogue() {
				if len(args) == 1 && string(m.Code) != args[0] {
					continue
				}
				found = true
				if _, err := fmt.Fprintf(s.out, "%s (%s) %s\n    -> %s\n", m.Code, m.Level, m.Text, m.Remedy); err != nil {
					return err
				}
			}
			if !found {
				return usageError{fmt.Errorf("there is no message %s", args[0])}
			}
			return nil
		},
	}
}
