package sticky

import (
	"bytes"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// FuzzCookies sends any Cookie field through both filters: nothing may panic, and a client only stays where a cookie of ours
// can have said so.
func FuzzCookies(f *testing.F) {
	jar := NewJar(keeper(f, 1))
	target, action := NewTarget(jar), NewGroup(jar, forwarding(60, "blue", "green"))
	g := newGroup("web", "", time.Hour)
	_, fields := answer(target, requested(target, g), 7)
	for _, seed := range []string{
		"", "AWSALB", "AWSALB=", "AWSALB=;", ";;;=;", "a=b; AWSALB=x; AWSALBCORS=y", " AWSALBTG=%41\t; AWSALBTGCORS=",
		"AWSALB=AQAAAAAAAAABAAAAAAAAAAIAAAADAAAABA", pair(fields[0]), pair(fields[1]) + "x",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, field []byte) {
		x := request(g, noon)
		x.Request.Header.Add([]byte("Cookie"), field)
		target.Request(x)
		action.Request(x)
		if x.Stick.Known && x.Stick.Key != 7 || x.Stick.Group != 0 {
			t.Fatalf("%q leads to %+v", field, x.Stick)
		}
	})
}

// FuzzEntries reads any opened value: what is read and written again is the same.
func FuzzEntries(f *testing.F) {
	f.Add([]byte{})
	f.Add(plainOf(nil, entry{1, 2, 3, 4}, nil))
	f.Add(plainOf(nil, entry{1, 2, 3, 4}, appendEntry(nil, entry{5, 6, 7, 8})))
	f.Add(append(plainOf(nil, entry{1, 2, 3, 4}, nil), 0))
	f.Fuzz(func(t *testing.T, plain []byte) {
		list, ok := entriesOf(plain)
		if !ok {
			return
		}
		if got := plainOf(nil, readEntry(list), list[entrySize:]); !bytes.Equal(got, plain) {
			t.Fatalf("%x is written again as %x", plain, got)
		}
		_, others := pick(list, 0, func(e entry) bool { return e.group == 1 })
		if len(others) > maxEntries*entrySize || len(others)%entrySize != 0 {
			t.Fatalf("%d bytes are left", len(others))
		}
	})
}

var _ exchange.ResponseFilter = target{}
