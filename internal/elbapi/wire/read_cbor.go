package wire

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// Major types of CBOR (RFC 8949 section 3.1).
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

const (
	cborIndefinite = 31
	cborBreak      = 0xff
)

// readCBOR reads the map of a request. An empty body is an empty map. Tags are passed over: the only one that is used marks
// times, which are numbers of seconds as in JSON.
func readCBOR(body []byte) (*object, error) {
	if len(body) == 0 {
		return newObject(), nil
	}
	r := &cborReader{rest: body}
	datum, err := r.datum(0)
	if err != nil {
		return nil, err
	}
	o, ok := datum.(*object)
	if !ok {
		return nil, CBOR.malformed("", "it must be a CBOR map")
	}
	if len(r.rest) > 0 {
		return nil, CBOR.malformed("", "something follows the CBOR map")
	}
	return o, nil
}

type cborReader struct{ rest []byte }

func (r *cborReader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.rest)) {
		return nil, CBOR.malformed("", "the CBOR ends too early")
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out, nil
}

// head reads the first bytes of an item. For what has no end stated, the additional information is cborIndefinite.
func (r *cborReader) head() (major, info byte, n uint64, err error) {
	b, err := r.take(1)
	if err != nil {
		return 0, 0, 0, err
	}
	major, info = b[0]>>5, b[0]&0x1f
	switch {
	case info < 24:
		return major, info, uint64(info), nil
	case info <= 27:
		b, err := r.take(1 << (info - 24))
		if err != nil {
			return 0, 0, 0, err
		}
		var wide [8]byte
		copy(wide[8-len(b):], b)
		return major, info, binary.BigEndian.Uint64(wide[:]), nil
	case info == cborIndefinite && major >= cborBytes && major <= cborMap:
		return major, info, 0, nil
	}
	return 0, 0, 0, CBOR.malformed("", "the CBOR has an item of an unknown kind")
}

func (r *cborReader) datum(depth int) (any, error) {
	if depth > maxDepth {
		return nil, CBOR.malformed("", "it is nested deeper than %d", maxDepth)
	}
	major, info, n, err := r.head()
	if err != nil {
		return nil, err
	}
	switch major {
	case cborUint:
		return json.Number(strconv.FormatUint(n, 10)), nil
	case cborNegative:
		if n > math.MaxInt64 {
			return nil, CBOR.malformed("", "a number is too small")
		}
		return json.Number(strconv.FormatInt(-1-int64(n), 10)), nil
	case cborBytes:
		return r.bytes(major, info, n)
	case cborText:
		b, err := r.bytes(major, info, n)
		if err == nil && !utf8.Valid(b) {
			err = CBOR.malformed("", "a text is not UTF-8")
		}
		return string(b), err
	case cborArray:
		return r.list(info, n, depth)
	case cborMap:
		return r.object(info, n, depth)
	case cborTag:
		return r.datum(depth + 1)
	}
	return r.simple(info, n)
}

// bytes reads bytes or a text, in one piece or in several.
func (r *cborReader) bytes(major, info byte, n uint64) ([]byte, error) {
	if info != cborIndefinite {
		return r.take(n)
	}
	var out []byte
	for !r.ended() {
		m, i, n, err := r.head()
		if err != nil {
			return nil, err
		}
		if m != major || i == cborIndefinite {
			return nil, CBOR.malformed("", "a text or bytes are made of something else")
		}
		piece, err := r.take(n)
		if err != nil {
			return nil, err
		}
		out = append(out, piece...)
	}
	return out, nil
}

// ended takes the mark that ends what has no length, if it is next.
func (r *cborReader) ended() bool {
	if len(r.rest) > 0 && r.rest[0] == cborBreak {
		r.rest = r.rest[1:]
		return true
	}
	return false
}

// more says whether an array or map goes on after some items.
func (r *cborReader) more(info byte, n uint64, have int) bool {
	if info == cborIndefinite {
		return !r.ended()
	}
	return uint64(have) < n
}

func (r *cborReader) list(info byte, n uint64, depth int) (any, error) {
	list := []any{}
	for r.more(info, n, len(list)) {
		if len(list) == maxList {
			return nil, CBOR.malformed("", "a list is longer than %d", maxList)
		}
		value, err := r.datum(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

func (r *cborReader) object(info byte, n uint64, depth int) (any, error) {
	o := newObject()
	for r.more(info, n, len(o.names)) {
		key, err := r.datum(depth + 1)
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, CBOR.malformed("", "the name of a member is not a text")
		}
		value, err := r.datum(depth + 1)
		if err != nil {
			return nil, err
		}
		if !o.add(name, value) {
			return nil, CBOR.malformed(clip(name), "it is given more than once")
		}
	}
	return o, nil
}

// simple reads false, true, null, undefined and numbers with fractions.
func (r *cborReader) simple(info byte, n uint64) (any, error) {
	switch info {
	case 20, 21:
		return info == 21, nil
	case 22, 23:
		return nil, nil
	case 26:
		return floatNumber(float64(math.Float32frombits(uint32(n)))), nil
	case 27:
		return floatNumber(math.Float64frombits(n)), nil
	}
	return nil, CBOR.malformed("", "the CBOR has an item of an unknown kind")
}

func floatNumber(f float64) json.Number { return json.Number(strconv.FormatFloat(f, 'g', -1, 64)) }
