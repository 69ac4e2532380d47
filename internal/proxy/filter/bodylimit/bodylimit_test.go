package bodylimit

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestDeclaredLengthsBeyondTheLimitAreRefused(t *testing.T) {
	for length, status := range map[int64]int{0: 0, 10: 0, 11: 413, -1: 0} {
		x := &exchange.Exchange{}
		x.Request.ContentLength = length
		New(10, page.Style{}).Request(x)
		if x.Response.Status != status || x.BodyLimit != 10 || x.Response.Close != (status == 413) {
			t.Errorf("length %d: status %d, limit %d, close %v", length, x.Response.Status, x.BodyLimit, x.Response.Close)
		}
	}
	if New(0, page.Style{}) != nil {
		t.Error("there is a filter without a limit")
	}
}
