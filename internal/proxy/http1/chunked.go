package http1

import (
	"errors"
	"math"
)

// Bounds on chunked bodies.
const (
	// maxChunkDigits is the longest chunk size in hexadecimal digits.
	maxChunkDigits = 16
	// maxExtension is the longest chunk extension in bytes.
	maxExtension = 256
	// maxOverhead is how many bytes of size lines may come beyond the length of the body so far.
	maxOverhead = 16 << 10
	// maxTrailer bounds the trailer section in bytes.
	maxTrailer = 8 << 10
)

// Errors of chunked bodies. They all mean a malformed message: 400 towards a client, 502 from a target.
var (
	ErrChunkSize      = errors.New("invalid chunk size")
	ErrChunkExtension = errors.New("invalid chunk extension")
	ErrChunkEnd       = errors.New("chunk without its end")
	ErrChunkOverhead  = errors.New("too many bytes of chunk framing")
	ErrTrailer        = errors.New("invalid trailer")
	ErrTrailerLong    = errors.New("trailer section too long")
)

// chunkState is where in the framing a decoder stands.
type chunkState uint8

const (
	atSize chunkState = iota
	inSize
	inExtension
	atSizeLF
	inData
	atDataCR
	atDataLF
	atTrailer
	inTrailerName
	inTrailerValue
	atTrailerLF
	atLastLF
	chunksDone
)

// chunkDecoder takes the framing off a chunked body, byte by byte; data is left to the caller. The zero value stands
// at the beginning of a body.
type chunkDecoder struct {
	state chunkState
	// count counts digits, extension bytes or trailer bytes, whatever is being read.
	count int
	// left is what is missing of the chunk: read it and subtract it, then call done.
	left int64
	// body and overhead count bytes of data and of size lines.
	body, overhead int64
	// section is the trailer section as it came, without its last line.
	section []byte
}

// step consumes framing from in until data begins, the body ends, or in does. n is what it consumed.
func (d *chunkDecoder) step(in []byte) (n int, err error) {
	for n < len(in) && d.state != inData && d.state != chunksDone {
		if err := d.next(in[n]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (d *chunkDecoder) next(c byte) error {
	switch d.state {
	case atSize, inSize, inExtension, atSizeLF:
		return d.sizeLine(c)
	case atDataCR:
		return d.expect(c, '\r', atDataLF, ErrChunkEnd)
	case atDataLF:
		d.count, d.left = 0, 0
		return d.expect(c, '\n', atSize, ErrChunkEnd)
	case atLastLF:
		return d.expect(c, '\n', chunksDone, ErrTrailer)
	default:
		return d.trailer(c)
	}
}

func (d *chunkDecoder) expect(c, want byte, next chunkState, err error) error {
	if c != want {
		return err
	}
	d.state = next
	return nil
}

// sizeLine reads chunk-size [ chunk-ext ] CRLF.
func (d *chunkDecoder) sizeLine(c byte) error {
	switch d.state {
	case atSizeLF:
		return d.endSizeLine(c)
	case inExtension:
		if c == '\r' {
			d.state = atSizeLF
			return nil
		}
		if d.count++; d.count > maxExtension || c < ' ' && c != '\t' || c == 0x7f {
			return ErrChunkExtension
		}
	default:
		digit := unhex(c)
		switch {
		case digit <= 15:
			if d.count++; d.count > maxChunkDigits || d.left > (math.MaxInt64-15)/16 {
				return ErrChunkSize
			}
			d.left = d.left*16 + int64(digit)
			d.state = inSize
		case d.state == atSize:
			return ErrChunkSize
		case c == '\r':
			d.state = atSizeLF
			return nil
		case c == ';':
			d.state, d.count = inExtension, 1
		default:
			return ErrChunkSize
		}
	}
	if d.overhead++; d.overhead > maxOverhead+d.body {
		return ErrChunkOverhead
	}
	return nil
}

func (d *chunkDecoder) endSizeLine(c byte) error {
	d.count = 0
	if d.left == 0 {
		return d.expect(c, '\n', atTrailer, ErrChunkSize)
	}
	return d.expect(c, '\n', inData, ErrChunkSize)
}

// consumed says that n bytes of data have been taken.
func (d *chunkDecoder) consumed(n int64) {
	d.left -= n
	d.body += n
	if d.left == 0 {
		d.state = atDataCR
	}
}

// trailer checks the trailer section and keeps it.
func (d *chunkDecoder) trailer(c byte) error {
	if d.count++; d.count > maxTrailer {
		return ErrTrailerLong
	}
	if d.state != atTrailer || c != '\r' {
		d.section = append(d.section, c)
	}
	switch d.state {
	case atTrailer:
		if c == '\r' {
			d.state = atLastLF
			return nil
		}
		if nameBits[c] > nameToken {
			return ErrTrailer
		}
		d.state = inTrailerName
	case inTrailerName:
		if c == ':' {
			d.state = inTrailerValue
			return nil
		}
		if nameBits[c] > nameToken {
			return ErrTrailer
		}
	case inTrailerValue:
		if c == '\r' {
			d.state = atTrailerLF
			return nil
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			return ErrTrailer
		}
	case atTrailerLF:
		return d.expect(c, '\n', atTrailer, ErrTrailer)
	}
	return nil
}

// LastChunk ends a chunked body without trailers.
const LastChunk = "0\r\n\r\n"

// ChunkEnd follows the data of every chunk.
const ChunkEnd = "\r\n"

// MaxChunkHead is the longest that AppendChunkHead appends.
const MaxChunkHead = 18

// AppendChunkHead appends the size line of a chunk of n bytes; n must not be 0, for that would be the last chunk.
func AppendChunkHead(dst []byte, n int) []byte {
	return append(appendHex(dst, uint64(n)), '\r', '\n')
}

func appendHex(dst []byte, n uint64) []byte {
	shift := 0
	for n>>shift > 15 {
		shift += 4
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[n>>shift&15])
	}
	return dst
}
