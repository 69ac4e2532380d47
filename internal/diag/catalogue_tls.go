package diag

// Messages about certificates and Secrets.
var (
	tlsMessages = []Message{}
)
