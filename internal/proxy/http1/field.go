package http1

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// splitField takes a field line apart and gives the kinds of bytes in its name.
func splitField(line []byte) (name, value []byte, bits uint8, err *Error) {
	if line[0] == ' ' || line[0] == '\t' {
		return nil, nil, 0, errFold
	}
	i := 0
	for ; i < len(line); i++ {
		b := nameBits[line[i]]
		if b == nameColon {
			break
		}
		bits |= b
	}
	switch {
	case i == len(line) && bits&nameBad == 0:
		return nil, nil, 0, errColon
	case bits&nameBad != 0:
		return nil, nil, 0, errNameByte
	case i == 0:
		return nil, nil, 0, errEmptyName
	}
	value = trim(line[i+1:])
	if !validValue(value) {
		return nil, nil, 0, errValueByte
	}
	return line[:i], value, bits, nil
}

// field sorts one field line of a request: into the head's own members, into Header, or away.
func (h *head) field(line []byte) *Error {
	name, value, bits, err := splitField(line)
	if err != nil {
		return err
	}
	if taken, err := h.own(name, value); taken || err != nil {
		return err
	}
	if bits&nameForeign != 0 {
		h.note(exchange.Acceptable, findNonCompliant)
		h.r.OddNames, h.r.NamesDropped = true, true
	}
	switch alike := lookAlike(name, bits); {
	case alike == framingName:
		h.note(exchange.Ambiguous, findSuspicious)
		return nil
	case alike != unlike, bits&nameForeign != 0:
		return nil
	}
	if bits&(nameToken|nameUnderscore) != 0 {
		h.r.OddNames = true
		if p := &h.cfg.Policy; p.DropInvalid && (bits&nameToken != 0 || !p.Underscores) {
			h.r.NamesDropped = true
			return nil
		}
	}
	h.r.Header.Add(name, value)
	return nil
}

// own takes the fields that concern this connection or the framing, which live in members of Request.
func (h *head) own(name, value []byte) (taken bool, err *Error) {
	switch len(name) {
	case 2:
		if taken = exchange.EqualFold(name, "TE"); taken && takesTrailers(value) {
			h.r.TakesTrailers = true
		}
	case 4:
		if exchange.EqualFold(name, "Host") {
			h.host, taken = value, true
			h.hosts++
		}
	case 5:
		// A request's Proxy field would become HTTP_PROXY in CGI programmes.
		taken = exchange.EqualFold(name, "Proxy")
	case 6:
		if exchange.EqualFold(name, "Expect") {
			return true, h.expect(value)
		}
	case 7:
		if exchange.EqualFold(name, "Upgrade") {
			h.upgrade, taken = value, true
			h.upgrades++
		} else {
			if taken = exchange.EqualFold(name, "Trailer"); taken {
				h.announced = append(h.announced, value)
			}
		}
	case 10:
		if exchange.EqualFold(name, "Connection") {
			return true, h.options.read(value)
		}
		taken = exchange.EqualFold(name, "Keep-Alive")
	case 14:
		if exchange.EqualFold(name, "Content-Length") {
			return true, h.contentLength(value)
		}
		taken = exchange.EqualFold(name, "HTTP2-Settings")
	case 16:
		taken = exchange.EqualFold(name, "Proxy-Connection")
	case 17:
		if exchange.EqualFold(name, "Transfer-Encoding") {
			return true, h.transferEncoding(value)
		}
	}
	return taken, nil
}

func (h *head) expect(value []byte) *Error {
	if !exchange.EqualFold(value, "100-continue") {
		return errExpect
	}
	h.expects = true
	return nil
}
