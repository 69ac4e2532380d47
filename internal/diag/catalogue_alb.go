package diag

// Messages about class alb.
var (
	albMessages = []Message{}
)
