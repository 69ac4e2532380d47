package http2

import (
	"encoding/binary"

	h2 "golang.org/x/net/http2"
)

// FrameHeader is the length of a frame's head.
const FrameHeader = 9

// AppendFrame appends a frame's head; its payload of that length has to follow.
func AppendFrame(dst []byte, length int, kind h2.FrameType, flags h2.Flags, stream uint32) []byte {
	return append(dst, byte(length>>16), byte(length>>8), byte(length), byte(kind), byte(flags),
		byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
}

// AppendHeaders appends a header block as HEADERS and as many CONTINUATION frames as it takes.
func AppendHeaders(dst, block []byte, stream uint32, end bool, maxFrame int) []byte {
	kind, flags := h2.FrameHeaders, h2.Flags(0)
	if end {
		flags = h2.FlagHeadersEndStream
	}
	for {
		n := min(len(block), maxFrame)
		if n == len(block) {
			flags |= h2.FlagHeadersEndHeaders
		}
		dst = append(AppendFrame(dst, n, kind, flags, stream), block[:n]...)
		if block = block[n:]; len(block) == 0 {
			return dst
		}
		kind, flags = h2.FrameContinuation, 0
	}
}

// AppendData appends a DATA frame.
func AppendData(dst, data []byte, stream uint32, end bool) []byte {
	flags := h2.Flags(0)
	if end {
		flags = h2.FlagDataEndStream
	}
	return append(AppendFrame(dst, len(data), h2.FrameData, flags, stream), data...)
}

// AppendReset appends RST_STREAM.
func AppendReset(dst []byte, stream uint32, code h2.ErrCode) []byte {
	return binary.BigEndian.AppendUint32(AppendFrame(dst, 4, h2.FrameRSTStream, 0, stream), uint32(code))
}

// AppendGoAway appends GOAWAY: streams above last are not served.
func AppendGoAway(dst []byte, last uint32, code h2.ErrCode) []byte {
	dst = AppendFrame(dst, 8, h2.FrameGoAway, 0, 0)
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, last), uint32(code))
}

// AppendWindowUpdate appends WINDOW_UPDATE.
func AppendWindowUpdate(dst []byte, stream uint32, n int64) []byte {
	return binary.BigEndian.AppendUint32(AppendFrame(dst, 4, h2.FrameWindowUpdate, 0, stream), uint32(n))
}

// AppendPing appends a PING, or the answer to one.
func AppendPing(dst []byte, answer bool, data [8]byte) []byte {
	flags := h2.Flags(0)
	if answer {
		flags = h2.FlagPingAck
	}
	return append(AppendFrame(dst, 8, h2.FramePing, flags, 0), data[:]...)
}

// AppendSettings appends SETTINGS.
func AppendSettings(dst []byte, settings ...h2.Setting) []byte {
	dst = AppendFrame(dst, 6*len(settings), h2.FrameSettings, 0, 0)
	for _, s := range settings {
		dst = binary.BigEndian.AppendUint16(dst, uint16(s.ID))
		dst = binary.BigEndian.AppendUint32(dst, s.Val)
	}
	return dst
}

// AppendSettingsAck appends the acknowledgement of SETTINGS.
func AppendSettingsAck(dst []byte) []byte {
	return AppendFrame(dst, 0, h2.FrameSettings, h2.FlagSettingsAck, 0)
}
