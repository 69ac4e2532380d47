package hsts

import (
	"crypto/tls"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestTheFieldIsSetOverTLSOnly(t *testing.T) {
	for _, conn := range []*exchange.Conn{{}, {TLS: &tls.ConnectionState{}}} {
		x := &exchange.Exchange{Conn: conn}
		x.Response.Header.Add([]byte("strict-transport-security"), []byte("max-age=0"))
		New("max-age=9").(exchange.ResponseFilter).Response(x)
		want := "max-age=0"
		if conn.HTTPS() {
			want = "max-age=9"
		}
		if got, _ := x.Response.Header.Get("Strict-Transport-Security"); string(got) != want {
			t.Errorf("https %v: %q, want %q", conn.HTTPS(), got, want)
		}
	}
}
