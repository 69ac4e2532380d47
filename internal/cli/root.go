package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	statusFine  = 0
	statusFault = 1
	statusUsage = 2
	// statusPlanned says that a plan is not empty.
	statusPlanned = 3
	// statusInterrupted is what shells show for a program that Ctrl-C ended.
	statusInterrupted = 130
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in the arguments.
type usageError struct{ error }

// errPlanned ends a command with status 3: a plan that is not empty was printed.
var errPlanned = errors.New("there is something to do")

// errFault ends a command with status 1 when everything has been said already.
var errFault = errors.New("fault")

// Main runs the command line and returns the exit status.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := interruptible()
	defer stop()
	return run(ctx, args, streams{in, out, errOut})
}

func run(ctx context.Context, args []string, s streams) int {
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return statusFine
	case errors.Is(err, errFault):
		return statusFault
	case errors.Is(err, errPlanned):
		return statusPlanned
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "gwanmun: %v\nSee gwanmun --help.\n", err)
		return statusUsage
	}
	fmt.Fprintf(s.err, "gwanmun: %v\n", err)
	return statusFault
}

// interruptible is a context that the first Ctrl-C (or SIGTERM) ends, so that work can be brought to its end; the second
// one ends the process.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background()) // the root of everything the process does
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-done:
			return
		}
		select {
		case <-signals:
			os.Exit(statusInterrupted)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "gwanmun",
		Short: "An ingress controller: classes nginx, alb and nlb, in a cluster, on one machine, or from files",
		Long: "Gwanmun serves Ingresses of classes nginx and alb, and Services of type LoadBalancer.\n" +
			"Controller and plan work on a cluster; local brings a cluster and its cloud along; elbapi is the cloud alone; serve,\n" +
			"check, explain and demo --files need neither, only manifests.",
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,

		Args: usage(func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return nil
		}),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if !c.HasParent() && c.Flags().NArg() > 0 {
			// The flags are those of a command whose name is mistyped.
			err = unknownCommand(c, c.Flags().Arg(0))
		}
		return usageError{err}
	})
	root.AddCommand(
		newController(s),
		newServe(s),
		newLocal(s),
		newCheck(s),
		newExplain(s),
		newPlan(s),
		newDemo(s),
		newElbapi(s),
		newDocs(s),
		newVersion(s),
	)
	return root
}

// unknownCommand names the command that was most likely meant.
func unknownCommand(root *cobra.Command, name string) error {
	if similar := root.SuggestionsFor(name); len(similar) > 0 {
		return fmt.Errorf("there is no command %q; did you mean %q?", name, similar[0])
	}
	return fmt.Errorf("there is no command %q", name)
}

// usage turns what a check of arguments finds into a usageError.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}
