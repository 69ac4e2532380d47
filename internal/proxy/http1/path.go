package http1

import "bytes"

// normalPath fills NormalPath from Path.
func (h *head) normalPath() *Error {
	r := h.r
	normal, spare, ok := normalise(r.Path, r.Spare)
	if !ok {
		return errPath
	}
	r.NormalPath, r.Spare = normal, spare
	return nil
}

// normalise returns path itself when there is nothing to do, else a changed copy behind spare.
func normalise(path, spare []byte) (normal, rest []byte, ok bool) {
	if isNormal(path) {
		return path, spare, true
	}
	start := len(spare)
	spare, ok = AppendNormalPath(spare, path)
	return spare[start:len(spare):len(spare)], spare, ok
}

// isNormal says whether path has no escapes, no empty segments and nothing like a dot segment.
func isNormal(path []byte) bool {
	if bytes.IndexByte(path, '%') >= 0 {
		return false
	}
	for i := 0; i+1 < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		if path[i+1] == '/' || path[i+1] == '.' && (i+2 == len(path) || path[i+2] == '/' || path[i+2] == '.') {
			return false
		}
	}
	return true
}

// AppendNormalPath appends path as nginx matches it: percent-decoded once, then with dot segments resolved and slashes
// merged (an escaped slash or dot counts as a plain one). ok is false for a bad escape, an escaped NUL, and a path that
// leads above the root. The "*" of OPTIONS is left as it is.
func AppendNormalPath(dst, path []byte) (normal []byte, ok bool) {
	start := len(dst)
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' {
			if i+2 >= len(path) {
				return dst, false
			}
			high, low := unhex(path[i+1]), unhex(path[i+2])
			c = high<<4 | low
			if high > 15 || low > 15 || c == 0 {
				return dst, false
			}
			i += 2
		}
		if c == '/' {
			if dst, ok = endSegment(dst, start); !ok {
				return dst, false
			}
			if n := len(dst); n > start && dst[n-1] == '/' {
				continue
			}
		}
		dst = append(dst, c)
	}
	return endSegment(dst, start)
}

// endSegment resolves a dot segment at the end of dst[start:]; what is left then ends in a slash.
func endSegment(dst []byte, start int) (shorter []byte, ok bool) {
	p := dst[start:]
	switch {
	case bytes.HasSuffix(p, []byte("/.")):
		return dst[:len(dst)-1], true
	case bytes.HasSuffix(p, []byte("/..")):
		parent := bytes.LastIndexByte(p[:len(p)-3], '/')
		if parent < 0 {
			return dst, false
		}
		return dst[:start+parent+1], true
	}
	return dst, true
}
