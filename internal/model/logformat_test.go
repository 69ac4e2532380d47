package model

import (
	"slices"
	"testing"
)

func TestLogFormatsAreTakenApart(t *testing.T) {
	got, err := ParseLogFormat(`$remote_addr [${time_local}] "$request"$status $http_x_trace`)
	want := []LogPiece{
		{Variable: "remote_addr"},
		{Text: " ["},
		{Variable: "time_local"},
		{Text: `] "`},
		{Variable: "request"},
		{Text: `"`},
		{Variable: "status"},
		{Text: " "},
		{Variable: "http_x_trace"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{
		"$nothing", "${status", "$", "a $ b", "$http_", "$http_authorization", "$http_cookie", "$http_x_amzn_oidc_data", "$cookie_session",
	} {
		if _, err := ParseLogFormat(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func FuzzLogFormat(f *testing.F) {
	for _, seed := range []string{"", "$status", "${status}x", "$$", "${", "$http_a-b", "plain"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, format string) {
		pieces, err := ParseLogFormat(format)
		if err != nil {
			return
		}
		for _, p := range pieces {
			if (p.Text == "") == (p.Variable == "") {
				t.Fatalf("%q has the piece %+v", format, p)
			}
		}
	})
}
