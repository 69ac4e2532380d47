package cli

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	// Ways to log in to clusters other than ours.
	_ "k8s.io/client-go/plugin/pkg/client/auth"
)

// kubectl runs kubectl with these arguments, its name in front. On errors it ends the process with kubectl's own exit code.
func kubectl(args []string) int {
	// kubectl reads the arguments of the process, to find plugins among other things.
	os.Args = args
	if _, err := logs.GlogSetter(cmd.GetLogVerbosity(args)); err != nil {
		util.CheckErr(err)
	}
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
	return 0
}
