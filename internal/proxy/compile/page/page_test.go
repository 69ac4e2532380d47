package page

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestPagesHaveTheLengthsSeenOnTheWire(t *testing.T) {
	for _, c := range []struct {
		dialect model.Dialect
		status  int
		length  int
	}{
		{model.DialectNginx, 404, 146},
		{model.DialectNginx, 401, 172},
		{model.DialectNginx, HeadTooLarge, 226},
		{model.DialectELB, HeadTooLarge, 122},
		{model.DialectELB, 301, 134},
		{model.DialectELB, 400, 122},
		{model.DialectELB, 403, 118},
		{model.DialectELB, 502, 122},
		{model.DialectELB, 503, 162},
		{model.DialectELB, 504, 132},
		{model.DialectELB, 463, 0},
		{model.DialectELB, 464, 0},
		{model.DialectELB, 561, 0},
		{model.DialectELB, 562, 0},
		{model.DialectELB, 405, 122},
		{model.DialectELB, 500, 142},
		{model.DialectELB, 501, 130},
		{model.DialectELB, 507, 140},
	} {
		x := &exchange.Exchange{}
		Style{c.dialect, true}.Error(x, c.status)
		if len(x.Response.Local) != c.length || x.Response.ContentLength != int64(c.length) {
			t.Errorf("dialect %q, status %d: %d bytes, want %d", c.dialect, c.status, len(x.Response.Local), c.length)
		}
	}
}

func TestAnErrorDropsWhatTheTargetSaid(t *testing.T) {
	x := &exchange.Exchange{}
	x.Response.Header.Add([]byte("Set-Cookie"), []byte("a=b"))
	Style{model.DialectELB, true}.Error(x, 502)
	if _, found := x.Response.Header.Get("Set-Cookie"); found {
		t.Error("a field of the target's response is still there")
	}
	if v, _ := x.Response.Header.Get("Server"); string(v) != "awselb/2.0" {
		t.Errorf("Server is %q", v)
	}
}
