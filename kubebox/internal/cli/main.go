package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gwanmun/gwanmun/kubebox/internal/box"
)

// Main runs the command that args (with the program's name in front) ask for, and returns the exit code. Under the name kubectl
// the program is kubectl.
func Main(args []string) int {
	if filepath.Base(args[0]) == "kubectl" {
		return kubectl(args)
	}
	if len(args) > 1 && args[1] == "kubectl" {
		return kubectl(args[1:])
	}
	// Kubernetes libraries add flags for the whole process, which mean nothing here.
	pflag.CommandLine = pflag.NewFlagSet(args[0], pflag.ContinueOnError)
	terminal := terminalFile()
	root := rootCommand(os.Stdout, terminal)
	root.SetArgs(args[1:])
	if err := root.Execute(); err != nil {
		fmt.Fprintln(terminal, "kubebox:", err)
		return 1
	}
	return 0
}

func rootCommand(out, terminal io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubebox",
		Short: "A real Kubernetes control plane in one process, without nodes: to try things out, and for tests",
		// Main prints errors, on one line.
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(serveCommand(out, terminal), kubectlCommand(), versionCommand(out))
	return root
}

// kubectlCommand is for the help text alone: Main has taken its calls before.
func kubectlCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "kubectl [arguments]",
		Short:              "The real kubectl; it uses --kubeconfig or the variable KUBECONFIG",
		DisableFlagParsing: true,
		Run:                func(*cobra.Command, []string) {},
	}
}

func versionCommand(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which Kubernetes this is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(out, "kubebox: Kubernetes %s, etcd %s, %s\n",
				box.Version(), box.Module("go.etcd.io/etcd/server/v3"), runtime.Version())
			return err
		},
	}
}
