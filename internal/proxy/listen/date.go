package listen

import (
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// date keeps the text of the Date field; it is written anew once a second.
type date struct {
	current atomic.Pointer[dateText]
}

type dateText struct {
	second int64
	text   []byte
}

// dateLayout is IMF-fixdate (RFC 9110 section 5.6.7).
const dateLayout = "Mon, 02 Jan 2006 15:04:05 GMT"

func (d *date) now(clock *wire.Clock) []byte {
	t := clock.Time(clock.Coarse())
	second := t.Unix()
	if have := d.current.Load(); have != nil && have.second == second {
		return have.text
	}
	fresh := &dateText{second: second, text: t.UTC().AppendFormat(nil, dateLayout)}
	d.current.Store(fresh)
	return fresh.text
}
