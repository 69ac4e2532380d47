package wire

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
)

// depth is how deep inputs and outputs are filled: all of ELBv2 and EC2, and the first layers of WAFv2's statements, which nest
// without end.
const depth = 8

func exact(t reflect.Type) bool { return t != reflect.TypeFor[middleware.Metadata]() }

// compareSDK compares structs of the SDK, without the part that says how they came.
var compareSDK = cmp.Options{
	cmp.Exporter(exact),
	cmp.FilterValues(func(a, b middleware.Metadata) bool { return true }, cmp.Ignore()),
}

// form reads a body as a form, if requests are forms.
func (c client) form(body string) url.Values {
	if !c.dialect().Protocol.Form() {
		return nil
	}
	form, _ := url.ParseQuery(body) // the SDK writes them
	return form
}

func decode(c client, body []byte, in any) error {
	return c.dialect().Decode(c.form(string(body)), body, in)
}

func same(c client, a, b string) (bool, error) {
	switch c.dialect().Protocol {
	case JSON11:
		x, err := readJSON([]byte(a))
		y, err2 := readJSON([]byte(b))
		return reflect.DeepEqual(x.values, y.values), errors.Join(err, err2)
	case CBOR:
		x, err := readCBOR([]byte(a))
		y, err2 := readCBOR([]byte(b))
		return reflect.DeepEqual(x.values, y.values), errors.Join(err, err2)
	}
	return reflect.DeepEqual(c.form(a), c.form(b)), nil
}

func TestGoldenRequestsOfTheSDKAreDecodedWholly(t *testing.T) {
	var sent string
	seen := map[Service]int{}
	answering := transport(func(body []byte, _ *http.Request) Answer {
		sent = string(body)
		return Answer{Status: http.StatusBadRequest}
	})
	for _, c := range clients(answering) {
		dir := moduleDir(t, c.module)
		for _, m := range c.methods() {
			body, ok := golden(t, dir, m.name)
			if !ok {
				continue
			}
			seen[c.service]++
			t.Run(string(c.service)+"/"+m.name, func(t *testing.T) {
				in := reflect.New(m.in).Interface()
				if err := decode(c, []byte(body), in); err != nil {
					t.Fatal(err)
				}
				// What was decoded, sent again by the SDK, is the golden request again.
				sent = ""
				_, _ = m.do(in) // the answer is an error on purpose
				if equal, err := same(c, body, sent); err != nil || !equal {
					t.Errorf("the request came out differently (%v):\n%s\n%s", err, body, sent)
				}
			})
		}
	}
	for service, least := range map[Service]int{ELBv2: 51, EC2: len(servedOfEC2()), ACM: 9, STS: 8, Tagging: 8} {
		if seen[service] < least {
			t.Errorf("%s: %d golden requests, want at least %d", service, seen[service], least)
		}
	}
}

func TestWhatTheSDKSendsIsDecodedToTheInputItWasGiven(t *testing.T) {
	var sent []byte
	answering := transport(func(body []byte, _ *http.Request) Answer {
		sent = body
		return Answer{Status: http.StatusBadRequest}
	})
	for _, c := range clients(answering) {
		for _, m := range c.methods() {
			if unions(m.in) {
				continue
			}
			t.Run(string(c.service)+"/"+m.name, func(t *testing.T) {
				want, got := reflect.New(m.in), reflect.New(m.in).Interface()
				filled(want.Elem(), depth)
				sent = nil
				_, err := m.do(want.Interface())
				if sent == nil {
					t.Fatalf("the SDK sent nothing: %v", err)
				}
				if err := decode(c, sent, got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want.Interface(), got, compareSDK); diff != "" {
					t.Errorf("(-given +decoded)\n%s", diff)
				}
			})
		}
	}
}

func TestResponsesAreReadByTheSDKAsTheOutputTheyWereMadeOf(t *testing.T) {
	var answer Answer
	answering := transport(func([]byte, *http.Request) Answer { return answer })
	for _, c := range clients(answering) {
		for _, m := range c.methods() {
			outType := m.call.Type().Out(0)
			if unions(outType.Elem()) {
				continue
			}
			t.Run(string(c.service)+"/"+m.name, func(t *testing.T) {
				in, want := reflect.New(m.in), reflect.New(outType.Elem())
				filled(in.Elem(), depth)
				filled(want.Elem(), depth)
				var err error
				if answer, err = c.dialect().Success(m.name, "id", want.Interface()); err != nil {
					t.Fatal(err)
				}
				got, err := m.do(in.Interface())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want.Interface(), got, compareSDK); diff != "" {
					t.Errorf("(-encoded +read)\n%s", diff)
				}
			})
		}
	}
}

// unions says whether a type holds a union somewhere, which the codec refuses.
func unions(t reflect.Type) bool { return carried(t, map[reflect.Type]bool{}) != nil }

func TestOnlyUnionsAndDocumentsAreNotCarried(t *testing.T) {
	for _, c := range clients(nil) {
		for _, m := range c.methods() {
			for _, shape := range []reflect.Type{m.in, m.call.Type().Out(0).Elem()} {
				if err := carried(shape, map[reflect.Type]bool{}); err != nil && !strings.Contains(err.Error(), "is not carried") {
					t.Errorf("%s %s: %v", c.service, m.name, err)
				} else if err != nil {
					t.Logf("%s %s: %v", c.service, m.name, err)
				}
			}
		}
	}
}
