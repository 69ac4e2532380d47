package local

import (
	"strings"
	"testing"
)

func TestNoticesAreFoldedWithoutSayingWhatIsUntrue(t *testing.T) {
	notice := func(name, text, remedy string) DiagnosticState {
		return DiagnosticState{Code: "GW1103", Level: "notice", Kind: "Service", Namespace: "default", Name: name, Text: text, Remedy: remedy}
	}
	var b strings.Builder
	WriteDiagnostics(&b, []DiagnosticState{
		notice("one", "is served at :1", "start it"), notice("two", "is served at :2", "start it"),
		notice("three", "is served at :1", "start it"), notice("four", "is served at :1", "start the other"),
	})
	const want = `notice GW1103 Service default/one: is served at :1
    -> start it
    also: Service default/three
    also: Service default/two: is served at :2
notice GW1103 Service default/four: is served at :1
    -> start the other
`
	if b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
}
