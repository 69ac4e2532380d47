package serverheader

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func fieldNames(x *exchange.Exchange) (out string) {
	for i := range x.Response.Header.Len() {
		f := x.Response.Header.At(i)
		out += string(f.Name) + "=" + string(f.Value) + " "
	}
	return out
}

func TestEachDialectSettlesServer(t *testing.T) {
	for _, c := range []struct {
		say    string
		filter exchange.Filter
		made   bool
		want   string
	}{
		{"nginx hides what targets say to proxies", NewNginx(&model.Policy{}), false, "Etag=1 "},
		{
			"ELB passes the target's", NewELB(&compile.Settings{ServerHeader: true}), false,
			"server=x Date=2001 X-Pad=1 Etag=1 X-Accel-Redirect=/y ",
		},
		{
			"ELB names itself on its own", NewELB(&compile.Settings{ServerHeader: true}), true,
			"server=awselb/2.0 Date=2001 X-Pad=1 Etag=1 X-Accel-Redirect=/y ",
		},
		{"unless that is switched off", NewELB(&compile.Settings{}), true, "server=x Date=2001 X-Pad=1 Etag=1 X-Accel-Redirect=/y "},
		{
			"attributes set fields", NewELB(&compile.Settings{ResponseHeaders: []compile.ResponseHeader{{Name: "ETag", Value: "2"}}}),
			false, "server=x Date=2001 X-Pad=1 Etag=2 X-Accel-Redirect=/y ",
		},
	} {
		x := &exchange.Exchange{}
		x.Response.Made = c.made
		for _, f := range [][2]string{{"server", "x"}, {"Date", "2001"}, {"X-Pad", "1"}, {"Etag", "1"}, {"X-Accel-Redirect", "/y"}} {
			x.Response.Header.Add([]byte(f[0]), []byte(f[1]))
		}
		c.filter.(exchange.ResponseFilter).Response(x)
		if got := fieldNames(x); got != c.want {
			t.Errorf("%s: %s, want %s", c.say, got, c.want)
		}
	}
}

func TestHidingFieldsAllocatesNothing(t *testing.T) {
	f := NewNginx(&model.Policy{HideFields: []string{"X-Powered-By"}}).(exchange.ResponseFilter)
	x := &exchange.Exchange{}
	names := [][]byte{[]byte("Date"), []byte("X-Powered-By"), []byte("Etag")}
	if n := testing.AllocsPerRun(100, func() {
		x.Response.Header.DelFunc(func(exchange.Field) bool { return true })
		for _, name := range names {
			x.Response.Header.Add(name, name)
		}
		f.Response(x)
	}); n > 0 || x.Response.Header.Len() != 1 {
		t.Errorf("%v allocations, %d fields are left", n, x.Response.Header.Len())
	}
}
