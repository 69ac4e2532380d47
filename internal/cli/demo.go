package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/local"
)

func newDemo(s streams) *cobra.Command {
	var plain bool
	c := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Serve a directory of examples, send the requests that they come with, and show who answered and why",
		Long: "Demo serves the manifests of a directory (./examples) on free ports, sends the requests of every requests.txt in it,\n" +
			"and shows for each answer the pod that gave it and the rule that sent it there. The exit status is 0 only if all\n" +
			"answers are as requests.txt says.",
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "examples"
			if len(args) == 1 {
				dir = args[0]
			}
			return demo(c.Context(), s, dir, !plain && isTerminal(s.out))
		},
	}
	c.Flags().BoolVar(&plain, "plain", false, "no colours")
	return c
}

// demonstration is one run of the demo.
type demonstration struct {
	out           io.Writer
	colours       bool
	server        *local.Server
	state         local.State
	right, wrong  int
	startedServer time.Duration
}

func demo(ctx context.Context, s streams, dir string, colours bool) error {
	groups, err := requestsIn(dir)
	if err != nil {
		return err
	}
	start := time.Now()
	server, err := local.Start(local.Options{
		Sources: []string{dir}, Classes: local.Classes{WatchWithoutClass: true}, Out: s.out, Version: version(),
	})
	if err != nil {
		return err
	}
	d := &demonstration{out: s.out, colours: colours, server: server, state: server.State(), startedServer: time.Since(start)}
	for _, g := range groups {
		d.group(ctx, g)
		if ctx.Err() != nil {
			break
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	closing := server.Close(end)
	d.printf("\n%s right, %s wrong; ready after %d ms, done after %d ms\n",
		plural(d.right, "answer"), plural(d.wrong, "answer"), d.startedServer.Milliseconds(), time.Since(start).Milliseconds())
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
	if why, err := d.server.Why(r); err == nil {
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
