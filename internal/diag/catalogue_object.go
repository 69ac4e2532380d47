package diag

// Messages about classes and objects.
var (
	objectMessages = []Message{}
)
