package local

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// Request is one line of a file of requests, with the answer that must come back:
//
//	GET http://a.example/up?x=1 user=foo:bar body=9MiB via=shop/web -> 200 from web path=/up cert=a.example
//
// The scheme picks the listener. via names the Ingress whose load balancer is asked; without it class nginx is. The
// host "-" stands for the load balancer's address. Behind the arrow stand the status, the Service that must answer, the
// path that its pod must get, a field that the pod must get (header=), the Location (without port), and a name of the
// certificate.
type Request struct {
	Method, URL string
	Via         string
	User        string
	Body        int64
	Status      int
	Service     string
	Path        string
	Header      string
	Location    string
	Certificate string
}

// RequestGroup is a run of requests under one heading, a line that begins with "#".
type RequestGroup struct {
	Heading  string
	Requests []Request
}

// ParseRequests reads a file of requests.
func ParseRequests(text string) ([]RequestGroup, error) {
	var out []RequestGroup
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case line[0] == '#':
			out = append(out, RequestGroup{Heading: strings.TrimSpace(line[1:])})
			continue
		case len(out) == 0:
			out = append(out, RequestGroup{})
		}
		r, err := parseRequest(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		last := &out[len(out)-1]
		last.Requests = append(last.Requests, r)
	}
	return out, nil
}

func parseRequest(line string) (Request, error) {
	ask, answer, ok := strings.Cut(line, " -> ")
	left, right := strings.Fields(ask), strings.Fields(answer)
	if !ok || len(left) < 2 || len(right) < 1 {
		return Request{}, errors.New("write METHOD URL -> STATUS")
	}
	r := Request{Method: left[0], URL: left[1]}
	var err error
	if r.Status, err = strconv.Atoi(right[0]); err != nil {
		return Request{}, fmt.Errorf("%q is not a status", right[0])
	}
	words := slices.Concat(left[2:], right[1:])
	for i := 0; i < len(words); i++ {
		name, value, ok := strings.Cut(words[i], "=")
		if name == "from" && !ok && i+1 < len(words) {
			i++
			r.Service = words[i]
			continue
		}
		if err := r.set(name, value); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

func (r *Request) set(name, value string) error {
	switch name {
	case "via":
		r.Via = value
	case "user":
		r.User = value
	case "path":
		r.Path = value
	case "header":
		r.Header = value
	case "location":
		r.Location = value
	case "cert":
		r.Certificate = value
	case "body":
		number, mega := strings.CutSuffix(value, "MiB")
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is not a number of bytes or MiB", value)
		}
		if mega {
			n <<= 20
		}
		r.Body = n
	default:
		return fmt.Errorf("%q is not known", name)
	}
	return nil
}

// Outcome is what came back for a request.
type Outcome struct {
	Status      int
	Location    string
	Certificate []string
	// Echo is the stand-in's answer; nil when another program or the proxy itself answered.
	Echo *echo.Answer
}

// target is where a request goes on this machine.
type target struct {
	url     *url.URL
	address string
	host    string
	lb      string
	port    int32
}

// resolve finds the listener that a request is for.
func (r *Request) resolve(s *State) (target, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return target{}, fmt.Errorf("%q is not a URL of http or https", r.URL)
	}
	lb := "nginx"
	if r.Via != "" {
		i := slices.IndexFunc(s.Ingresses, func(ing IngressState) bool { return ing.Namespace+"/"+ing.Name == r.Via })
		if i < 0 {
			return target{}, fmt.Errorf("no Ingress %s is served", r.Via)
		}
		lb = s.Ingresses[i].LoadBalancer
	}
	for i := range s.LoadBalancers {
		if s.LoadBalancers[i].ID != lb {
			continue
		}
		l := listenerOf(&s.LoadBalancers[i], strings.ToUpper(u.Scheme))
		if l == nil {
			return target{}, fmt.Errorf("load balancer %s has no listener for %s", lb, u.Scheme)
		}
		t := target{url: u, address: l.Address, host: u.Host, lb: lb, port: l.Port}
		if t.host == "-" {
			t.host = ""
		}
		return t, nil
	}
	return target{}, fmt.Errorf("there is no load balancer %s", lb)
}

// Curl is the command line that sends the request.
func (r *Request) Curl(s *State) (string, error) {
	t, err := r.resolve(s)
	if err != nil {
		return "", err
	}
	var extra []string
	if r.Method != http.MethodGet {
		extra = append(extra, "-X", r.Method)
	}
	if r.User != "" {
		extra = append(extra, "-u", r.User)
	}
	feed := ""
	if r.Body > 0 {
		feed = fmt.Sprintf("head -c %d /dev/zero | ", r.Body)
		extra = append(extra, "--data-binary", "@-")
	}
	return feed + CurlLine(t.url.Scheme == "https", t.address, t.host, t.url.RequestURI(), extra...), nil
}

// Send sends the request to where it is served now.
func (r *Request) Send(ctx context.Context, s *State) (*Outcome, error) {
	t, err := r.resolve(s)
	if err != nil {
		return nil, err
	}
	u := *t.url
	u.Host = t.host
	if u.Host == "" {
		u.Host = t.address
	}
	var body io.Reader
	if r.Body > 0 {
		body = bytes.NewReader(bytes.Repeat([]byte("x"), int(r.Body)))
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if user, password, ok := strings.Cut(r.User, ":"); ok {
		req.SetBasicAuth(user, password)
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, t.address)
		},
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as curl -k; the certificate is looked at below
		ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return outcomeOf(resp)
}

func outcomeOf(resp *http.Response) (*Outcome, error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	o := &Outcome{Status: resp.StatusCode, Location: resp.Header.Get("Location")}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		o.Certificate = resp.TLS.PeerCertificates[0].DNSNames
	}
	var a echo.Answer
	if json.Unmarshal(data, &a) == nil && a.StandIn {
		o.Echo = &a
	}
	return o, nil
}

// Faults lists what is not as the request asked for.
func (r *Request) Faults(o *Outcome) []string {
	var out []string
	miss := func(what, want, got string) {
		if want != got {
			out = append(out, fmt.Sprintf("%s is %q in place of %q", what, got, want))
		}
	}
	if o.Status != r.Status {
		out = append(out, fmt.Sprintf("the status is %d in place of %d", o.Status, r.Status))
	}
	if r.Service != "" && o.Echo == nil {
		return append(out, "no pod answered")
	}
	if r.Service != "" {
		miss("the Service", r.Service, o.Echo.Service)
		if r.Path != "" {
			miss("the path that the pod got", r.Path, o.Echo.Path)
		}
		if r.Header != "" && len(o.Echo.Headers[http.CanonicalHeaderKey(r.Header)]) == 0 {
			out = append(out, "the pod did not get "+r.Header)
		}
		if o.Echo.BodySize != r.Body {
			out = append(out, fmt.Sprintf("the pod got %d bytes in place of %d", o.Echo.BodySize, r.Body))
		}
	}
	if r.Location != "" {
		miss("the Location", r.Location, withoutPort(o.Location))
	}
	if r.Certificate != "" && !slices.Contains(o.Certificate, r.Certificate) {
		out = append(out, fmt.Sprintf("the certificate is for %q in place of %q", o.Certificate, r.Certificate))
	}
	return out
}

// withoutPort takes the port out of a URL: it depends on the machine.
func withoutPort(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	u.Host = u.Hostname()
	return u.String()
}

// probe is the request as compile.Snapshot.Explain takes it.
func (r *Request) probe(t target) compile.Probe {
	p := compile.Probe{Method: r.Method, Host: cmp.Or(t.host, t.address), Target: t.url.RequestURI(), BodySize: r.Body}
	if r.User != "" {
		p.Header = append(p.Header, compile.Field{
			Name: "Authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte(r.User)),
		})
	}
	return p
}

// Why says in one line which rule sends a request where, as things are now.
func (s *Server) Why(r *Request) (string, error) {
	state := s.State()
	return r.Why(&state, s.Explain)
}

// groupName is the name in the ARN of a target group; other IDs stay as they are.
func groupName(id string) string {
	if parts := strings.Split(id, "/"); strings.HasPrefix(id, "arn:") && len(parts) == 3 {
		return parts[1]
	}
	return id
}

// Why says in one line which rule sends the request where; explain walks it through a listener.
func (r *Request) Why(state *State, explain func(lb string, port int32, p compile.Probe) *compile.Trace) (string, error) {
	t, err := r.resolve(state)
	if err != nil {
		return "", err
	}
	trace := explain(t.lb, t.port, r.probe(t))
	switch {
	case !trace.Listening:
		return "", fmt.Errorf("load balancer %s does not listen on port %d", t.lb, t.port)
	case trace.Refused != "":
		return trace.Refused, nil
	case trace.Rule == nil:
		return "no rule matches", nil
	}
	source := trace.Rule.Source
	var b strings.Builder
	switch {
	case trace.Fallback:
		b.WriteString("no rule matches: the default actions answer")
	case source.Kind != "Ingress": // AWS knows rules and no Ingresses
		fmt.Fprintf(&b, "rule %d of the load balancer's listener %d matches", trace.Rule.Priority, t.port)
	default:
		fmt.Fprintf(&b, "rule %d is of Ingress %s/%s", trace.Rule.Priority, source.Namespace, source.Name)
		if source.Path != "" {
			b.WriteString(", path " + source.Path)
		}
	}
	var steps []string
	for _, step := range trace.Steps {
		if step.Name == "rewrite" || step.Name == "basic-auth" || step.Name == "ssl-redirect" {
			steps = append(steps, step.Name+" "+step.Effects[0])
		}
	}
	if len(steps) > 0 {
		b.WriteString("; " + strings.Join(steps, "; "))
	}
	if trace.Group != "" {
		b.WriteString("; target group " + groupName(trace.Group))
	}
	return b.String(), nil
}
