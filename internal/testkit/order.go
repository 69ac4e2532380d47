package testkit

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Words that orders begin with.
const (
	orderTarget = "target"
	orderAwait  = "await"
)

// What targets do that answer byte by byte: they close their connection behind it, or keep it open.
const (
	orderSends  = "sends"
	orderStalls = "stalls"
)

// awaitFor bounds how long an order waits.
const awaitFor = 30 * time.Second

// order is a line of an http section that is no request:
//
//	target POD refuses|hangs|recovers
//	target POD answers STATUS
//	target POD sends|stalls ["LINE" ...]
//	await STATE [POD]
//
// The first three change how a pod behaves from now on, for both paths: with the third one it answers with these lines, CR LF
// between them, and closes the connection or leaves it as it is. The last one waits until the proxy finds a pod, or
// every one, in a state: healthy, unhealthy, draining and so on, or gone, ejected or anomalous. A pod may be written as
// jar:NAME, which is the one that answered that client last, on either path.
type order struct {
	verb, pod, what string
	status          int
	answer          []string
}

func readOrder(words []string) (*order, error) {
	switch {
	case words[0] == orderAwait && len(words) == 2:
		return &order{verb: orderAwait, what: words[1]}, nil
	case words[0] == orderAwait && len(words) == 3:
		return &order{verb: orderAwait, what: words[1], pod: words[2]}, nil
	case words[0] == orderTarget && len(words) == 3 && slices.Contains([]string{"refuses", "hangs", "recovers"}, words[2]):
		return &order{verb: orderTarget, pod: words[1], what: words[2]}, nil
	case words[0] == orderTarget && len(words) >= 3 && (words[2] == orderSends || words[2] == orderStalls):
		return &order{verb: orderTarget, pod: words[1], what: words[2], answer: words[3:]}, nil
	case words[0] == orderTarget && len(words) == 4 && words[2] == "answers":
		status, err := strconv.Atoi(words[3])
		return &order{verb: orderTarget, pod: words[1], what: words[2], status: status}, err
	}
	return nil, fmt.Errorf("want target POD refuses|hangs|recovers, target POD answers STATUS, target POD sends|stalls LINES or await STATE [POD]")
}

// obey carries an order about pods out and says why that was not possible.
func (f *front) obey(o *order, pods []string) []string {
	if o.verb != orderTarget {
		return f.await(f.network, o, pods)
	}
	var out []string
	for _, pod := range pods {
		out = append(out, f.network.behave(pod, o)...)
	}
	return out
}

// podsOf are the pods that an order is about, none for all. Both paths send to the same pods, and their clients may be at
// different ones: an order about a client's pod is about both.
func (f *front) podsOf(o *order, through *awsPath) []string {
	name, ok := strings.CutPrefix(o.pod, "jar:")
	if !ok {
		if o.pod == "" {
			return nil
		}
		return []string{o.pod}
	}
	fronts := []*front{f}
	if through != nil {
		fronts = append(fronts, through.front)
	}
	var pods []string
	for _, each := range fronts {
		if _, pod, ok := strings.Cut(each.jar(name).pod, "/"); ok {
			pods = append(pods, pod)
		}
	}
	slices.Sort(pods)
	return slices.Compact(pods)
}

// await waits until the proxy's targets are as an order says. Orders about behaviour are none of its business.
func (f *front) await(n *network, o *order, pods []string) []string {
	if o.verb != orderAwait {
		return nil
	}
	deadline := time.Now().Add(awaitFor)
	for {
		wrong := f.unlike(n, o, pods)
		if wrong == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return []string{wrong}
		}
		time.Sleep(5 * time.Millisecond) // the states change behind timers of the proxy's own
	}
}

// unlike says which target is not yet as an order wants it.
func (f *front) unlike(n *network, o *order, pods []string) string {
	found := false
	for _, g := range f.server.Groups() {
		for i := range g.Targets {
			t := &g.Targets[i]
			if len(pods) > 0 && !slices.Contains(pods, n.pod(t.Address)) {
				continue
			}
			found = true
			if !isLike(t, o.what) {
				return fmt.Sprintf("%s (%s) of %s is %s: %s", n.pod(t.Address), t.Address, g.ID, t.State, t.Description)
			}
		}
	}
	if !found && o.what != "gone" {
		return "there is no such target"
	}
	return ""
}

func isLike(t *upstream.TargetState, what string) bool {
	switch what {
	case "gone":
		return false
	case "ejected":
		return t.Ejected
	case "anomalous":
		return t.Anomalous
	}
	return string(t.State) == what
}

// behave changes how a pod behaves.
func (n *network) behave(pod string, o *order) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refuse = slices.DeleteFunc(slices.Clone(n.refuse), func(p string) bool { return p == pod })
	n.hang = slices.DeleteFunc(slices.Clone(n.hang), func(p string) bool { return p == pod })
	switch o.what {
	case "refuses":
		n.refuse = append(n.refuse, pod)
	case "hangs":
		n.hang = append(n.hang, pod)
	}
	var answer *script
	if o.what == orderSends || o.what == orderStalls {
		answer = scriptOf(o.answer, o.what == orderStalls)
	}
	if err := n.follow(pod, answer); err != nil {
		return []string{err.Error()}
	}
	if !slices.ContainsFunc(n.identities(), func(id echo.Identity) bool { return id.Pod == pod }) {
		return []string{"there is no pod " + pod}
	}
	for address, id := range n.known {
		if id.Pod != pod {
			continue
		}
		if n.answers == nil {
			n.answers = map[string]int{}
		}
		n.answers[address] = o.status
		s := n.echoes[address]
		switch {
		case s == nil:
		case o.what == "answers", o.what == "recovers":
			s.Answer(o.status)
		default:
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			_ = s.Close(ctx) // what still runs is what the order is about
			cancel()
			delete(n.echoes, address)
		}
	}
	return nil
}

// identities are the pods that are known. The lock is held.
func (n *network) identities() []echo.Identity {
	var out []echo.Identity
	for _, id := range n.known {
		out = append(out, id)
	}
	return out
}

// pod is the pod behind an address, "" when nobody is known there.
func (n *network) pod(address string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known[address].Pod
}

// silent is where connections to an address end when its pod hangs: at a socket that nobody reads from. It is "" when the
// pod does not hang.
func (n *network) silent(address string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if id, ok := n.known[address]; !ok || !slices.Contains(n.hang, id.Pod) {
		return ""
	}
	if n.void == nil {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ""
		}
		n.void = l
	}
	return n.void.Addr().String()
}
