package proxy

// reserved are descriptors for everything that is no connection of a client or a target: sockets, files, event loops.
const reserved = 256

// maxOpen is how many connections of clients may be open: what was asked for, or what descriptors allow when nothing was.
func maxOpen(asked int) int {
	if asked != 0 {
		return max(asked, 0)
	}
	limit := descriptors()
	if limit <= 0 {
		return 0
	}
	return max((limit-reserved)/2, 1)
}
