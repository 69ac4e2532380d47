package exchange

import "unsafe"

// Field is one header field, with its name spelled as received.
type Field struct {
	Name  []byte
	Value []byte
}

// Header is a list of fields in order. Names compare without regard to ASCII case. The zero value is empty and ready.
type Header struct {
	fields []Field
}

// Len counts the fields.
func (h *Header) Len() int { return len(h.fields) }

// At returns the field at i, in order.
func (h *Header) At(i int) Field { return h.fields[i] }

// Add appends a field.
func (h *Header) Add(name, value []byte) {
	h.fields = append(h.fields, Field{name, value})
}

// AddString appends a field whose name is one of ours, without allocating.
func (h *Header) AddString(name string, value []byte) {
	h.fields = append(h.fields, Field{constant(name), value})
}

// Replace puts another field in the place of the one at i.
func (h *Header) Replace(i int, name, value []byte) { h.fields[i] = Field{name, value} }

// Clear removes all fields and keeps the room.
func (h *Header) Clear() {
	clear(h.fields)
	h.fields = h.fields[:0]
}

// constant is name as bytes without a copy. Names are never written to: Header hands them out for reading only.
func constant(name string) []byte { return unsafe.Slice(unsafe.StringData(name), len(name)) }

// Get returns the value of the first field of that name, and whether there is one.
func (h *Header) Get(name string) ([]byte, bool) {
	for i := range h.fields {
		if EqualFold(h.fields[i].Name, name) {
			return h.fields[i].Value, true
		}
	}
	return nil, false
}

// Set replaces the first field of that name and removes the others; it appends when there is none.
func (h *Header) Set(name string, value []byte) {
	for i := range h.fields {
		if EqualFold(h.fields[i].Name, name) {
			h.fields[i].Value = value
			h.deleteFrom(i+1, name)
			return
		}
	}
	h.fields = append(h.fields, Field{constant(name), value})
}

// Put is Set without a copy of the name, which the caller must leave as it is.
func (h *Header) Put(name, value []byte) {
	for i := range h.fields {
		if sameFold(h.fields[i].Name, name) {
			h.fields[i].Value = value
			h.deleteFunc(i+1, name)
			return
		}
	}
	h.fields = append(h.fields, Field{name, value})
}

func (h *Header) deleteFunc(start int, name []byte) {
	kept := h.fields[:start]
	for _, f := range h.fields[start:] {
		if !sameFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	clear(h.fields[len(kept):])
	h.fields = kept
}

// Del removes all fields of that name and says whether there were any.
func (h *Header) Del(name string) bool { return h.deleteFrom(0, name) }

// DelFunc removes all fields for which drop says so.
func (h *Header) DelFunc(drop func(Field) bool) {
	kept := h.fields[:0]
	for _, f := range h.fields {
		if !drop(f) {
			kept = append(kept, f)
		}
	}
	clear(h.fields[len(kept):])
	h.fields = kept
}

func (h *Header) deleteFrom(start int, name string) bool {
	kept := h.fields[:start]
	for _, f := range h.fields[start:] {
		if !EqualFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	found := len(kept) < len(h.fields)
	clear(h.fields[len(kept):])
	h.fields = kept
	return found
}

// EqualFold compares a name as received with one of ours without regard to ASCII case.
func EqualFold(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i := range len(want) {
		a, b := name[i], want[i]
		if a == b {
			continue
		}
		if a|0x20 != b|0x20 || a|0x20 < 'a' || a|0x20 > 'z' {
			return false
		}
	}
	return true
}

// sameFold is EqualFold of two names as received.
func sameFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range b {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}
