package diag

// Messages about the data plane.
var (
	proxyMessages = []Message{}
)
