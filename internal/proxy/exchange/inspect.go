package exchange

import "context"

// Inspector looks at requests before anything is decided about them, as a web ACL in front of a load balancer does. It is
// a seam to the outside: this project ships none.
type Inspector interface {
	// Inspect judges the request of x for the web ACL that is attached to its load balancer. The head may be read, and
	// nothing of x be changed or kept; the body is not there yet. It has to return when ctx ends, an error says that the
	// request could not be judged.
	Inspect(ctx context.Context, acl string, x *Exchange) (Inspection, error)
}

// Inspection is the judgement about a request.
type Inspection struct {
	// Block answers the request; otherwise it goes on, also when rules that only count have matched.
	Block bool
	// Status is that of the answer to a blocked request, 403 when 0. Body and ContentType are what the web ACL
	// configures for it; without a body the load balancer's own page is sent.
	Status      int
	ContentType string
	Body        []byte
}
