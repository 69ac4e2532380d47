package testkit

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// watch is what an operator of a proxy sees: its access log and its metrics.
type watch struct {
	mu  sync.Mutex
	log bytes.Buffer
	// requests is how many have been sent: each has a line, sooner or later.
	requests int
	metrics  *prometheus.Registry
}

func newWatch() *watch { return &watch{metrics: prometheus.NewRegistry()} }

// Write takes lines of the access log.
func (w *watch) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

// lines are those of the access log so far.
func (w *watch) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Split(strings.TrimSuffix(w.log.String(), "\n"), "\n")
}

// moment is what had been seen before a request.
type moment struct {
	lines  int
	counts map[string]float64
}

// before looks at everything that the request has expectations about. It is nil when there are none.
func (w *watch) before(r *request) *moment {
	if w == nil || !slices.ContainsFunc(r.wants, func(e want) bool { return observed(e.key) }) {
		return nil
	}
	m := &moment{lines: w.settled(), counts: map[string]float64{}}
	for _, e := range r.wants {
		if name, ok := bracketed(e.key, "count"); ok {
			m.counts[name] = w.count(name)
		}
	}
	return m
}

// settled waits for the lines of the requests before, and counts them. Some requests may have none (those to TCP listeners).
func (w *watch) settled() int {
	for end := time.Now().Add(300 * time.Millisecond); ; time.Sleep(5 * time.Millisecond) {
		n := 0
		if all := w.lines(); all[0] != "" {
			n = len(all)
		}
		if n >= w.requests || time.Now().After(end) {
			return n
		}
	}
}

// sent counts a request.
func (w *watch) sent() {
	if w != nil {
		w.requests++
	}
}

// observed says whether an expectation is about the access log or a metric.
func observed(key string) bool {
	return strings.HasPrefix(key, "log[") || strings.HasPrefix(key, "count[") || strings.HasPrefix(key, "gauge[")
}

// bracketed takes kind[name] apart.
func bracketed(key, kind string) (string, bool) {
	rest, ok := strings.CutPrefix(key, kind+"[")
	return strings.TrimSuffix(rest, "]"), ok
}

// observationTime is how long a line or count may take to appear after the answer.
const observationTime = 5 * time.Second

// after says what is wrong with what has been seen since the moment before the request.
func (w *watch) after(r *request, m *moment) []string {
	if m == nil {
		return nil
	}
	var problems []string
	for end := time.Now().Add(observationTime); ; time.Sleep(5 * time.Millisecond) {
		if problems = w.compare(r, m); len(problems) == 0 || time.Now().After(end) {
			return problems
		}
	}
}

func (w *watch) compare(r *request, m *moment) []string {
	var out []string
	lines := w.lines()
	var fields map[string]string
	if len(lines) > m.lines && lines[m.lines] != "" {
		if len(lines) > m.lines+1 {
			return []string{fmt.Sprintf("%d lines of the access log for one request", len(lines)-m.lines)}
		}
		fields = logFields(lines[m.lines])
		fields["number"] = strconv.Itoa(m.lines + 1)
	}
	for _, e := range r.wants {
		if name, ok := bracketed(e.key, "count"); ok {
			if grown := w.count(name) - m.counts[name]; strconv.FormatFloat(grown, 'f', -1, 64) != e.value {
				out = append(out, fmt.Sprintf("%s has grown by %v", name, grown))
			}
			continue
		}
		if name, ok := bracketed(e.key, "gauge"); ok {
			if is := strconv.FormatFloat(w.count(name), 'f', -1, 64); is != e.value {
				out = append(out, fmt.Sprintf("%s is %s", name, is))
			}
			continue
		}
		name, ok := bracketed(e.key, "log")
		if !ok {
			continue
		}
		value, there := fields[name]
		switch {
		case fields == nil:
			return append(out, "there is no line of the access log")
		case !there:
			out = append(out, fmt.Sprintf("a line of the access log has no field %s; there are %s", name, strings.Join(sortedKeys(fields), ", ")))
		case e.op == "=" && value != e.value, e.op == "~=" && !strings.Contains(value, e.value), e.op == "!" && value != "-":
			out = append(out, fmt.Sprintf("%s is %q", e.key, value))
		}
	}
	return out
}

// count is the value of a metric, or the number of samples of a histogram, added up over its labels.
func (w *watch) count(name string) float64 {
	families, err := w.metrics.Gather()
	if err != nil {
		return 0 // the comparison fails then
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

// fieldNames are the fields of access-log lines, in order.
var fieldNames = map[string][]string{
	"alb": {
		"type", "time", "elb", "client", "target", "request_processing_time", "target_processing_time", "response_processing_time",
		"elb_status_code", "target_status_code", "received_bytes", "sent_bytes", "request", "user_agent", "ssl_cipher", "ssl_protocol",
		"target_group_arn", "trace_id", "domain_name", "chosen_cert_arn", "matched_rule_priority", "request_creation_time",
		"actions_executed", "redirect_url", "error_reason", "target_list", "target_status_code_list", "classification",
		"classification_reason", "conn_trace_id", "transformed_host", "transformed_uri", "request_transform_status", "ip_address",
	},
	"nlb": {
		"type", "version", "time", "elb", "listener", "client", "destination", "connection_time", "tls_handshake_time", "received_bytes",
		"sent_bytes", "incoming_tls_alert", "chosen_cert_arn", "chosen_cert_serial", "tls_cipher", "tls_protocol_version",
		"tls_named_group", "domain_name", "alpn_fe_protocol", "alpn_be_protocol", "alpn_client_preference_list",
		"tls_connection_creation_time",
	},
	"nginx": {
		"remote_addr", "dash", "remote_user", "time_local", "request", "status", "body_bytes_sent", "http_referer", "http_user_agent",
		"request_length", "request_time", "proxy_upstream_name", "proxy_alternative_upstream_name", "upstream_addr",
		"upstream_response_length", "upstream_response_time", "upstream_status", "req_id",
	},
}

// logFields gives the fields of a line their names. Lines of a format that is not known have the one field "line".
func logFields(line string) map[string]string {
	values := splitLog(line)
	out := map[string]string{"line": line}
	for _, names := range fieldNames { // their numbers differ
		if len(names) != len(values) {
			continue
		}
		for i, name := range names {
			out[name] = values[i]
		}
	}
	return out
}

// splitLog splits at blanks, but not between quotes or brackets; lists of nginx's upstreams keep their commas.
func splitLog(line string) []string {
	var out []string
	for line != "" {
		end := byte(' ')
		switch line[0] {
		case '"':
			if !strings.Contains(line, `","`) || strings.HasPrefix(line, `"-"`) {
				end = '"'
			}
		case '[':
			end = ']'
		}
		var field string
		if end != ' ' {
			field, line, _ = strings.Cut(line[1:], string(end))
			line = strings.TrimPrefix(line, " ")
		} else {
			field, line, _ = strings.Cut(line, " ")
			for strings.HasSuffix(field, ",") {
				var next string
				next, line, _ = strings.Cut(line, " ")
				field += " " + next
			}
		}
		out = append(out, field)
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
