package main

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/testkit/selfsigned"
)

// options are the flags.
type options struct {
	corpus, write, only string
	verbose             bool
	mutants             int
}

func main() {
	var o options
	flag.StringVar(&o.corpus, "corpus", "test/hostile/corpus", "folder of the corpus")
	flag.StringVar(&o.write, "write", "", "page to write the comparison to")
	flag.StringVar(&o.only, "only", "", "only cases with this in their class or title")
	flag.BoolVar(&o.verbose, "v", false, "print every miss of the peers too; ours are always printed")
	flag.IntVar(&o.mutants, "mutants", 2000, "mutated requests that are compared with nginx")
	flag.Parse()
	if err := compare(o); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

// compare scores ours and the peers. An error says that ours missed, or that something could not be run.
func compare(o options) error {
	cases, err := readCorpus(o.corpus)
	if err != nil {
		return err
	}
	cases = slices.DeleteFunc(cases, func(c *hostileCase) bool { return !strings.Contains(c.name(), o.only) })
	var mu sync.Mutex
	say := func(f *front, c *hostileCase, misses []string) {
		if f.peer && !o.verbose {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf("%s misses %s\n\t%s\n", f.name, c.name(), strings.Join(misses, "\n\t"))
	}
	h, err := openHouse(proxy.Options{}, netip.AddrPort{})
	if err != nil {
		return err
	}
	ours := score{name: "gwanmun", version: "this tree", misses: fireScore(h.fronts, cases, say)}
	defer func() { _ = h.close() }() // everything was said by then
	scores := []score{ours}
	var compared string
	for _, kind := range peers {
		s, tally, err := scorePeer(kind, cases, say, h.fronts[0], o.mutants)
		if tally != nil {
			compared = fmt.Sprintf("%d mutated requests, ours (class nginx) and nginx: %v.", o.mutants, tally)
			fmt.Println(compared)
			for _, d := range tally.differ {
				fmt.Printf("differs: %q\n\tours:  %q\n\tnginx: %q\n", d.input, d.ours, d.theirs)
			}
		}
		if err != nil {
			return err
		}
		scores = append(scores, s)
	}
	var page bytes.Buffer
	table(&page, cases, scores)
	fmt.Print(page.String())
	for _, s := range scores[1:] {
		if s.missing {
			fmt.Printf("%s: not installed\n", s.name)
		}
	}
	if o.write != "" {
		if err := os.WriteFile(o.write, written(page.Bytes(), scores, compared), 0o644); err != nil {
			return err
		}
	}
	if len(ours.misses) > 0 {
		return fmt.Errorf("ours misses inputs of %d classes", len(ours.misses))
	}
	return nil
}

// scorePeer scores one peer. nginx, whose dialect one of our listeners speaks, is compared with that by mutants, too.
func scorePeer(kind peerKind, cases []*hostileCase, say func(*front, *hostileCase, []string), same *front, mutants int) (score, *tally, error) {
	chain, key, err := selfsigned.Certificate("a.example")
	if err != nil {
		return score{}, nil, err
	}
	p, err := startPeer(kind, chain, key)
	if err != nil {
		return score{}, nil, err
	}
	defer p.stop()
	s := score{name: p.name, version: p.version, missing: p.missing}
	if p.missing {
		return s, nil, nil
	}
	s.misses = fireScore(p.fronts, cases, say)
	if kind.name != "nginx" || mutants == 0 {
		return s, nil, nil
	}
	return s, compareMutants(same, p.fronts[0], cases, mutants), nil
}

// written is the page of docs.
func written(table []byte, scores []score, compared string) []byte {
	var b bytes.Buffer
	b.WriteString("# Hostile input\n\n" +
		"`make hostile` fires the corpus in `test/hostile/corpus` at our listeners, and at nginx and haproxy where they are\n" +
		"installed, in front of a target that reads by the letter of RFC 9112 and writes down what arrives. After every input\n" +
		"others ask over the same connections and must get their own answers. The table counts inputs that were missed: answered\n" +
		"where they had to be refused, refused where they had to be served, changed in meaning on the way, a connection kept that\n" +
		"had to end, or somebody else's answer touched.\n\n" +
		"What is required stands in the corpus and comes from RFC 9110, 9112 and 9113 and from what class `nginx` and the modes of\n" +
		"an Application Load Balancer promise. Ours must get the exact answer of its dialect at every listener: plain and TLS, HTTP/1\n" +
		"and HTTP/2, all desync modes; one miss at any of them counts, and fails `make test`. The others may refuse in any way, and\n" +
		"do well when they satisfy any of our dialects. Some of what they miss is a choice of theirs and no hole; strictness is the\n" +
		"yardstick here. Their configurations, with the same features as ours, are written by `test/hostile/peer.go`.\n\n")
	fmt.Fprintf(&b, "Measured on %s, %s/%s, %s.\n\n", time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.Version())
	for _, s := range scores[1:] {
		if s.missing {
			fmt.Fprintf(&b, "- %s: not installed\n", s.name)
		} else {
			fmt.Fprintf(&b, "- %s: %s\n", s.name, s.version)
		}
	}
	b.WriteString("\n")
	b.Write(table)
	if compared != "" {
		b.WriteString("\n" + compared + "\nA request that is served differently is one that the two read differently; ours is read as RFC 9112 has it.\n")
	}
	return b.Bytes()
}
