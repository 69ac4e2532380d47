package http1

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Bounds on Connection: field lines with names in them, and names nominated in all.
const (
	maxNominating = 4
	maxNominated  = 32
)

// options is what the Connection fields of a head say.
type options struct {
	close, keepAlive, upgrade bool
	// nominating holds the values that name other fields.
	nominating [maxNominating][]byte
	lines      int
}

func (o *options) read(value []byte) *Error {
	switch {
	case exchange.EqualFold(value, "keep-alive"):
		o.keepAlive = true
		return nil
	case exchange.EqualFold(value, "close"):
		o.close = true
		return nil
	}
	others := false
	for item, rest := nextItem(value); ; item, rest = nextItem(rest) {
		switch {
		case len(item) == 0:
		case exchange.EqualFold(item, "close"):
			o.close = true
		case exchange.EqualFold(item, "keep-alive"):
			o.keepAlive = true
		case exchange.EqualFold(item, "upgrade"):
			o.upgrade = true
		case !isToken(item):
			return errConnection
		default:
			others = true
		}
		if rest == nil {
			break
		}
	}
	if !others {
		return nil
	}
	if o.lines == maxNominating {
		return errConnection
	}
	o.nominating[o.lines] = value
	o.lines++
	return nil
}

// removeNominated removes the fields that the Connection fields name (RFC 9110 section 7.6.1), but those by which
// proxies tell targets about the client: a client could take them off a request that a proxy in front of us made.
func (o *options) removeNominated(header *exchange.Header) *Error {
	count := 0
	for _, list := range o.nominating[:o.lines] {
		for item, rest := nextItem(list); ; item, rest = nextItem(rest) {
			if len(item) > 0 && !protected(item) {
				if count++; count > maxNominated {
					return errConnection
				}
				removeNamed(header, item)
			}
			if rest == nil {
				break
			}
		}
	}
	return nil
}

func removeNamed(header *exchange.Header, name []byte) {
	header.DelFunc(func(f exchange.Field) bool { return foldedEqual(f.Name, name) })
}

// protected says whether name must stay although Connection names it.
func protected(name []byte) bool {
	letter := lower(name[0])
	switch letter {
	case 'x', 's':
		for _, p := range guardedPrefixes {
			if len(name) >= len(p) && exchange.EqualFold(name[:len(p)], p) {
				return true
			}
		}
	case 'k':
		return exchange.EqualFold(name, "keep-alive")
	}
	if letter < 'a' || letter > 'z' {
		return false
	}
	for _, g := range guarded[letter-'a'] {
		if exchange.EqualFold(name, g.name) {
			return true
		}
	}
	return false
}

// finish judges the head as a whole.
func (h *head) finish() *Error {
	r := h.r
	if err := h.authority(); err != nil {
		return err
	}
	if err := h.framing(); err != nil {
		return err
	}
	if h.codings > 0 {
		Announce(&r.Header, h.announced...)
	}
	if o := &h.options; o.lines > 0 {
		if err := o.removeNominated(&r.Header); err != nil {
			return err
		}
	}
	if h.options.close || r.Proto == exchange.HTTP10 && !h.options.keepAlive {
		r.Close = true
	}
	r.Upgrade = nil
	if h.upgrades == 1 && h.mayUpgrade() {
		r.Upgrade = h.upgrade
	}
	if err := h.judge(); err != nil {
		return err
	}
	if h.cfg.NormalPath {
		return h.normalPath()
	}
	r.NormalPath = nil
	return nil
}

// mayUpgrade says whether the client may be switched to another protocol: only to websocket, asked for by a GET of
// HTTP/1.1 without a body. Every other Upgrade is dropped, which RFC 9110 section 7.8 permits.
func (h *head) mayUpgrade() bool {
	r := h.r
	return h.options.upgrade && r.Proto == exchange.HTTP11 && r.ContentLength == 0 && string(r.Method) == "GET" &&
		exchange.EqualFold(h.upgrade, "websocket")
}
