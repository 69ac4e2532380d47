package diag

// Messages about lookups in the cloud.
var (
	lookupMessages = []Message{}
)
