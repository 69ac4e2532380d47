package loop

// table finds sockets by the tokens that the kernel was given. A token names a slot and its generation: events of a socket
// that has been closed find nobody, also when its descriptor and slot are in use again.
type table struct {
	slots []slot
	free  []uint32
}

type slot struct {
	socket     *Socket
	generation uint32
}

// put gives a socket a slot and returns its token.
func (t *table) put(s *Socket) uint64 {
	var at uint32
	if n := len(t.free); n > 0 {
		at = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		at = uint32(len(t.slots))
		t.slots = append(t.slots, slot{})
	}
	t.slots[at].socket = s
	s.slot = at
	return uint64(at)<<32 | uint64(t.slots[at].generation)
}

// drop takes a socket out.
func (t *table) drop(s *Socket) {
	t.slots[s.slot] = slot{generation: t.slots[s.slot].generation + 1}
	t.free = append(t.free, s.slot)
}

// get returns the socket that a token was made for, nil when it is gone.
func (t *table) get(token uint64) *Socket {
	at := token >> 32
	if at >= uint64(len(t.slots)) || t.slots[at].generation != uint32(token) {
		return nil
	}
	return t.slots[at].socket
}

// all lists the sockets by slot.
func (t *table) all() []*Socket {
	var list []*Socket
	for i := range t.slots {
		if s := t.slots[i].socket; s != nil {
			list = append(list, s)
		}
	}
	return list
}
