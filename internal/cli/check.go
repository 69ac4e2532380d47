package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/local"
)

func newCheck(s streams) *cobra.Command {
	var f sourceFlags
	var output string
	c := &cobra.Command{
		Use:   "check -f FILE|DIR ...",
		Short: "Say what is wrong with manifests, without serving them",
		Long: "Check builds what serve would build and says everything that there is to say about it.\n" +
			"The exit status is 1 when anything is an error, 0 otherwise, and 2 for wrong usage.",
		Example: "  gwanmun check -f examples\n  kubectl get ingress,service,secret -o yaml | gwanmun check -f - -o json",
		Args:    usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if output != "text" && output != "json" {
				return usageError{fmt.Errorf("-o is text or json, not %q", output)}
			}
			v, err := local.Check(f.files, s.in, f.classes)
			if err != nil {
				return err
			}
			if output == "json" {
				return writeVerdictJSON(s, v)
			}
			return writeVerdict(s, v)
		},
	}
	f.add(c)
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return c
}

func writeVerdict(s streams, v *local.Verdict) error {
	var b strings.Builder
	local.WriteDiagnostics(&b, local.DiagnosticStates(local.BySeverity(v.Diagnostics)))
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	count := map[diag.Level]int{}
	for _, d := range v.Diagnostics {
		count[d.Level]++
	}
	served := 0
	for _, ing := range v.Ingresses {
		if ing.Accepted {
			served++
		}
	}
	fmt.Fprintf(&b, "%s, %s: %d of %s would be served; %s, %s, %s\n",
		plural(v.Files, "file"), plural(v.Objects, "object"), served, plural(len(v.Ingresses), "Ingress"),
		plural(count[diag.Error], "error"), plural(count[diag.Warning], "warning"), plural(count[diag.Notice], "notice"))
	if _, err := fmt.Fprint(s.out, b.String()); err != nil {
		return err
	}
	return verdictOf(v)
}

func writeVerdictJSON(s streams, v *local.Verdict) error {
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	err := enc.Encode(struct {
		Files       int                     `json:"files"`
		Objects     int                     `json:"objects"`
		Ingresses   []local.IngressState    `json:"ingresses"`
		Diagnostics []local.DiagnosticState `json:"diagnostics"`
	}{v.Files, v.Objects, v.Ingresses, local.DiagnosticStates(v.Diagnostics)})
	if err != nil {
		return err
	}
	return verdictOf(v)
}

func verdictOf(v *local.Verdict) error {
	if diag.HasErrors(v.Diagnostics) {
		return errFault
	}
	return nil
}

// plural writes a number with its noun.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
