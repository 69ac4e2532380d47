package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/laptop"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func newDemo(s streams) *cobra.Command {
	var plain, files bool
	var kubebox string
	c := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Serve a directory of examples, send the requests that they come with, and show who answered and why",
		Long: "Demo applies the manifests of a directory (./examples) to a cluster of its own on this machine, as `gwanmun local` runs\n" +
			"it, sends the requests of every requests.txt in it, and shows for each answer the pod that gave it and the rule that sent\n" +
			"it there. With --files it serves the manifests without Kubernetes and AWS. The exit status is 0 only if all answers are\n" +
			"as requests.txt says.",
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "examples"
			if len(args) == 1 {
				dir = args[0]
			}
			begin := func(ctx context.Context) (stage, error) { return clusterStage(ctx, s, dir, kubebox) }
			if files {
				begin = func(context.Context) (stage, error) { return fileStage(s, dir) }
			}
			return demo(c.Context(), s, dir, begin, !plain && isTerminal(s.out))
		},
	}
	c.Flags().BoolVar(&plain, "plain", false, "no colours")
	c.Flags().BoolVar(&files, "files", false, "serve from files alone, without Kubernetes and AWS")
	c.Flags().StringVar(&kubebox, "kubebox", "", "the kubebox binary; beside gwanmun or on the PATH when empty")
	return c
}

// stage is what a demo is shown on.
type stage struct {
	state   func() local.State
	explain func(lb string, port int32, p compile.Probe) *compile.Trace
	close   func(context.Context) error
}

// fileStage serves the files by themselves.
func fileStage(s streams, dir string) (stage, error) {
	server, err := local.Start(local.Options{
		Sources: []string{dir}, Classes: local.Classes{WatchWithoutClass: true}, Out: s.out, Version: version(),
	})
	if err != nil {
		return stage{}, err
	}
	return stage{state: server.State, explain: server.Explain, close: server.Close}, nil
}

// settleTime bounds the wait for load balancers and pods.
const settleTime = time.Minute

// clusterStage runs a cluster in a folder that is gone afterwards.
func clusterStage(ctx context.Context, s streams, dir, kubebox string) (stage, error) {
	folder, err := os.MkdirTemp("", "gwanmun-demo-")
	if err != nil {
		return stage{}, err
	}
	remove := func() { _ = os.RemoveAll(folder) } // a temporary folder that stays harms nobody
	l, err := laptop.Start(ctx, laptop.Options{
		StateDir: folder, Kubebox: kubebox, AWSListen: "127.0.0.1:0", Apply: []string{dir}, Once: true,
		NewController: localController, Out: s.out, Version: version(),
		Logger: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		remove()
		return stage{}, err
	}
	end := func(ctx context.Context) error {
		defer remove()
		return l.Close(ctx)
	}
	settling, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := l.Settle(settling); err != nil {
		return stage{}, errors.Join(err, end(context.WithoutCancel(ctx)))
	}
	_, _ = fmt.Fprintf(s.out, "\n%s\n", l.Overview()) // nothing can be done about a terminal that is gone
	return stage{
		state:   func() local.State { state := l.State(); return state.Local() },
		explain: l.Explain, close: end,
	}, nil
}

// demonstration is one run of the demo.
type demonstration struct {
	out          io.Writer
	colours      bool
	stage        stage
	state        local.State
	right, wrong int
}

func demo(ctx context.Context, s streams, dir string, begin func(context.Context) (stage, error), colours bool) error {
	groups, err := requestsIn(dir)
	if err != nil {
		return err
	}
	start := time.Now()
	on, err := begin(ctx)
	if err != nil {
		return err
	}
	ready := time.Since(start)
	d := &demonstration{out: s.out, colours: colours, stage: on, state: on.state()}
	for _, g := range groups {
		d.group(ctx, g)
		if ctx.Err() != nil {
			break
		}
	}
	took := time.Since(start)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	closing := on.close(end)
	d.printf("\n%s right, %s wrong; ready after %d ms, done after %d ms\n",
		plural(d.right, "answer"), plural(d.wrong, "answer"), ready.Milliseconds(), took.Milliseconds())
	if ctx.Err() != nil {
		return nil
	}
	if d.wrong > 0 || d.right == 0 {
		return errFault
	}
	return closing
}

// requestsIn reads every requests.txt below a directory, in order of their paths.
func requestsIn(dir string) ([]local.RequestGroup, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Name() == "requests.txt" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var out []local.RequestGroup
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		groups, err := local.ParseRequests(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, groups...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no requests.txt in %s", dir)
	}
	return out, nil
}

func (d *demonstration) group(ctx context.Context, g local.RequestGroup) {
	d.printf("\n%s\n", d.bold(g.Heading))
	for i := range g.Requests {
		d.request(ctx, &g.Requests[i])
	}
}

func (d *demonstration) request(ctx context.Context, r *local.Request) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	curl, err := r.Curl(&d.state)
	if err != nil {
		d.fail(r.URL, err.Error())
		return
	}
	d.printf("  $ %s\n", curl)
	o, err := r.Send(ctx, &d.state)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			d.fail("", err.Error())
		}
		return
	}
	faults := r.Faults(o)
	d.printf("    %s %s\n", d.mark(len(faults) == 0), answerText(o, r))
	if why, err := r.Why(&d.state, d.stage.explain); err == nil {
		d.printf("      because %s\n", why)
	}
	if len(faults) > 0 {
		d.fail("", faults...)
		return
	}
	d.right++
}

// answerText says what came back, in a few words.
func answerText(o *local.Outcome, r *local.Request) string {
	text := fmt.Sprint(o.Status)
	if o.Echo != nil {
		text += fmt.Sprintf(" from pod %s (Service %s) on %s, which was asked for %s", o.Echo.Pod, o.Echo.Service, o.Echo.Node, o.Echo.Path)
	}
	if o.Location != "" {
		text += " to " + o.Location
	}
	if len(o.Certificate) > 0 && r.Certificate != "" {
		text += ", certificate for " + strings.Join(o.Certificate, ", ")
	}
	return text
}

func (d *demonstration) fail(what string, faults ...string) {
	d.wrong++
	if what != "" {
		d.printf("  %s %s\n", d.mark(false), what)
	}
	for _, f := range faults {
		d.printf("      WRONG: %s\n", f)
	}
}

func (d *demonstration) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(d.out, format, args...) // nothing can be done about a terminal that is gone
}

func (d *demonstration) mark(right bool) string {
	switch {
	case !d.colours && right:
		return "ok"
	case !d.colours:
		return "WRONG"
	case right:
		return "\x1b[32mok\x1b[0m"
	}
	return "\x1b[31mWRONG\x1b[0m"
}

func (d *demonstration) bold(text string) string {
	if d.colours {
		return "\x1b[1m" + text + "\x1b[0m"
	}
	return text
}

// isTerminal says whether a writer is a terminal that wants colours.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
