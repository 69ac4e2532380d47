package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/kubebox/internal/box"
)

// serve is the flags of the command.
type serve struct {
	box            box.Options
	exitWithParent bool
	out, terminal  io.Writer
}

func serveCommand(out, terminal io.Writer) *cobra.Command {
	s := &serve{out: out, terminal: terminal}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run etcd, API server, controller manager and scheduler until a signal comes",
		Long: `Run etcd, API server, controller manager and scheduler until SIGINT or SIGTERM comes.

When the cluster can be used, one line appears on standard output:
  READY kubeconfig=FILE server=https://127.0.0.1:PORT version=vX.Y.Z
Values with blanks or quotes in them are quoted as in Go. The next start in the same state folder finds the objects again.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.run(c.Context()) },
	}
	f := c.Flags()
	f.StringVar(&s.box.StateDir, "state-dir", "kubebox-state", "folder for data, keys and the kubeconfig; made if there is none")
	f.StringVar(&s.box.Listen, "listen", "127.0.0.1:0", "loopback address and port of the API server; port 0: the last one, or any free one")
	f.StringVar(&s.box.ServiceCIDR, "service-cidr", "", "where cluster IPs come from; fixed at the first start (default "+box.DefaultServiceCIDR+")")
	f.StringVar(&s.box.ReadyFile, "ready-file", "", "write the READY line to this file too, and remove it at the end")
	f.StringVar(&s.box.LogFile, "log-file", "", "log of the components (default kubebox.log in the state folder)")
	f.BoolVar(&s.exitWithParent, "exit-with-parent", false, "stop when standard input ends or the parent process is gone")
	return c
}

func (s *serve) run(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the next one ends the process at once.
	context.AfterFunc(ctx, stop)
	if s.exitWithParent {
		ctx = withParent(ctx, os.Stdin)
	}
	s.box.Ready = func(info box.Info) error {
		_, err := fmt.Fprintln(s.out, info)
		return err
	}
	s.box.Say = func(line string) { fmt.Fprintln(s.terminal, "kubebox:", line) }
	return box.Run(ctx, s.box)
}
