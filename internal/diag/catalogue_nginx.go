package diag

// Messages about class nginx.
var (
	nginxMessages = []Message{}
)
