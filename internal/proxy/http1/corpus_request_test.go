package http1

import (
	"bytes"
	"io"
	"strconv"
	"testing"
	"testing/iotest"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// listeners are the configurations that corpus cases speak of. "all" are those that a case does not name.
func listeners() map[string]Config {
	underscores, drop := ConfigNginx(), ConfigELB(Defensive)
	underscores.Policy.Underscores = true
	drop.Policy.DropInvalid = true
	return map[string]Config{
		"nginx": ConfigNginx(), "elb": ConfigELB(Defensive), "monitor": ConfigELB(Monitor),
		"strictest": ConfigELB(Strictest), "underscores": underscores, "drop": drop,
	}
}

func TestEveryRequestOfTheCorpusGetsItsAnswer(t *testing.T) {
	cases := readCorpus(t, "testdata/requests/*.txt")
	if len(cases) < 300 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.file+"/"+c.title, func(t *testing.T) {
			for _, want := range c.wants {
				configs := listeners()
				if want.who != "all" {
					cfg, known := configs[want.who]
					if !known {
						t.Fatalf("unknown listener %q", want.who)
					}
					configs = map[string]Config{want.who: cfg}
				}
				for who, cfg := range configs {
					t.Run(who, func(t *testing.T) { checkRequest(t, c.input, &cfg, want.what) })
				}
			}
		})
	}
}

func checkRequest(t *testing.T, input []byte, cfg *Config, wants []string) {
	var x exchange.Exchange
	n, err := ParseRequest(input, &x.Request, cfg)
	checkPieces(t, input, cfg, n, err)
	if status, numeric := strconv.Atoi(wants[0]); numeric == nil {
		if err == nil || err.Status != status {
			t.Fatalf("answer is %v (%d bytes), not %d", err, n, status)
		}
		return
	}
	if err != nil {
		t.Fatalf("refused with %d: %s", err.Status, err.Reason)
	}
	if wants[0] == "more" {
		if n != 0 {
			t.Fatalf("%d bytes taken for a head", n)
		}
		return
	}
	if n == 0 {
		t.Fatal("taken for incomplete")
	}
	facts := requestFacts(&x.Request)
	var fields []string
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		fields = append(fields, string(f.Name)+": "+string(f.Value))
	}
	bodyFacts(facts, input[n:], RequestFraming(&x.Request))
	checkWants(t, wants[1:], facts, fields)
	if d := facts["disagreement"]; d != "" {
		t.Error(d)
	}
	checkRoundTrip(t, &x)
}

func requestFacts(r *exchange.Request) map[string]string {
	facts := map[string]string{
		"method": string(r.Method), "target": string(r.Target), "path": string(r.Path), "normal": string(r.NormalPath),
		"host": string(r.Host), "authority": string(r.Authority), "proto": r.Proto.String(),
		"class": r.Class.String(), "reason": r.ClassReason, "length": fact("%d", r.ContentLength),
	}
	flag := func(on bool, yes, no string) {
		if on {
			facts[yes] = ""
		} else {
			facts[no] = ""
		}
	}
	flag(r.Close, "close", "keep")
	flag(r.CloseTarget, "closetarget", "keeptarget")
	flag(r.Expect100, "expect", "noexpect")
	if r.HasQuery {
		facts["query"] = string(r.Query)
	} else {
		facts["noquery"] = ""
	}
	if r.Upgrade != nil {
		facts["upgrade"] = string(r.Upgrade)
	} else {
		facts["noupgrade"] = ""
	}
	return facts
}

// bodyFacts reads the body in large and in small pieces, with all of it buffered and with nothing; all must agree.
func bodyFacts(facts map[string]string, input []byte, f Framing) {
	read := func(src io.Reader, size int, buffered bool) (data, rest string, err error) {
		var buf Buffer
		buf.Reset(src, nil)
		if buffered {
			_ = buf.Fill(1 << 20)
		}
		var body Body
		body.Reset(&buf, f)
		var read []byte
		for p := make([]byte, size); err == nil; {
			var n int
			n, err = body.Read(p)
			read = append(read, p[:n]...)
		}
		if err == io.EOF {
			err = nil
		}
		left, _ := io.ReadAll(&buf)
		if body.Done() != (err == nil) {
			facts["disagreement"] = "a body is done only at its end"
		}
		return string(read), string(left), err
	}
	data, rest, err := read(bytes.NewReader(input), 512, false)
	for _, size := range []int{3, 512, 1 << 12, 1 << 16} {
		for _, buffered := range []bool{false, true} {
			for _, src := range []io.Reader{bytes.NewReader(input), iotest.OneByteReader(bytes.NewReader(input))} {
				again, againRest, againErr := read(src, size, buffered)
				if data != again || (err == nil) != (againErr == nil) || err == nil && rest != againRest {
					facts["disagreement"] = "what is read depends on how it arrives"
				}
			}
		}
	}
	if err != nil {
		facts["bodyerror"] = err.Error()
		return
	}
	facts["body"], facts["bodylength"], facts["rest"] = data, fact("%d", len(data)), rest
}

// checkPieces feeds the head in pieces: the answer must not depend on how it arrives.
func checkPieces(t *testing.T, input []byte, cfg *Config, n int, want *Error) {
	t.Helper()
	for _, size := range []int{1, 7, 1000} {
		var x exchange.Exchange
		for end := 0; end < len(input); {
			end = min(end+size, len(input))
			got, err := ParseRequest(input[:end], &x.Request, cfg)
			if err != nil {
				if want == nil || err.Status != want.Status {
					t.Errorf("in pieces of %d: %v, at once: %v", size, err, want)
				}
				break
			}
			if got > 0 {
				if want != nil || got != n {
					t.Errorf("in pieces of %d: %d bytes, at once %d, %v", size, got, n, want)
				}
				break
			}
			if end == len(input) && (n > 0 || want != nil) {
				t.Errorf("in pieces of %d: no answer, at once %d, %v", size, n, want)
			}
		}
	}
}

// checkRoundTrip parses again what AppendRequest writes: the meaning must be the same.
func checkRoundTrip(t testing.TB, x *exchange.Exchange) {
	t.Helper()
	if len(x.Request.Authority) == 0 {
		// HTTP/1.0 without Host: the data plane names a host before it sends.
		x.UpstreamHost = []byte("placeholder")
	}
	out, f := AppendRequest(nil, x, Silent)
	cfg := Config{Limits: Limits{1 << 20, 1 << 20, 1 << 21, 400, 1000}, Policy: Policy{Desync: Internal}}
	var again exchange.Exchange
	n, err := ParseRequest(out, &again.Request, &cfg)
	if err != nil || n != len(out) {
		t.Fatalf("our own head is not taken: %v\n%q", err, out)
	}
	a, b := &x.Request, &again.Request
	switch {
	case !bytes.Equal(a.Method, b.Method), !bytes.Equal(a.Target, b.Target), a.ContentLength != b.ContentLength:
		t.Fatalf("another meaning: %q", out)
	case len(a.Authority) > 0 && !bytes.Equal(a.Host, b.Host), b.Class != exchange.Compliant:
		t.Fatalf("another host or grade: %q", out)
	case RequestFraming(b).Kind != f.Kind, (a.Upgrade != nil) != (b.Upgrade != nil):
		t.Fatalf("another framing: %q", out)
	case a.Header.Len() != b.Header.Len():
		t.Fatalf("other fields: %q", out)
	}
	for i := range a.Header.Len() {
		p, q := a.Header.At(i), b.Header.At(i)
		if !bytes.Equal(p.Name, q.Name) || !bytes.Equal(p.Value, q.Value) {
			t.Fatalf("another field: %q", out)
		}
	}
}
