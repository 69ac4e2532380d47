package diag

// Messages about reading manifests.
var (
	manifestMessages = []Message{}
)
