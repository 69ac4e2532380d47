package escapes

import "testing"

func TestEscapesAndRepetitionsAreUndone(t *testing.T) {
	for line, want := range map[string]string{
		``:                 "",
		`plain`:            "plain",
		`a\r\n\tb`:         "a\r\n\tb",
		`\x00\xfF`:         "\x00\xff",
		`\\ \{ \}`:         `\ { }`,
		`{ab*3}.`:          "ababab.",
		`{\x00*2}{y*0}!`:   "\x00\x00!",
		`{a*b*2}`:          "a*ba*b",
		`ends in one \`:    `ends in one \`,
		`a } alone is one`: "a } alone is one",
	} {
		if got, err := Undo(line); string(got) != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", line, got, err, want)
		}
	}
}

func TestWhatIsNoEscapeIsRefused(t *testing.T) {
	for _, line := range []string{`\x`, `\x1`, `\xgg`, `{`, `{}`, `{x}`, `{x*}`, `{x*y}`, `{x*-1}`, `{\x*2}`} {
		if got, err := Undo(line); err == nil {
			t.Errorf("%q: %q", line, got)
		}
	}
}
