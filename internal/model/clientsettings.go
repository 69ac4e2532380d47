package model

// ClientSettings say how a listener of class nginx treats its clients, where the controller's configuration differs from
// the defaults. Members that are 0 or false have these.
type ClientSettings struct {
	// KeepAliveMillis is how long a connection may wait for its next request; 75 s, and below 0 no connection is kept.
	KeepAliveMillis int64
	// KeepAliveRequests is how many requests a connection may bring; 1000.
	KeepAliveRequests int32
	// HeadMillis is the time for a whole request head, BodyMillis that between two reads of a body; 60 s each.
	HeadMillis, BodyMillis int64
	// LineLimit is the largest request line and the largest field in bytes, 8 KiB; HeadLimit the largest head, 32 KiB.
	LineLimit, HeadLimit int64
	// Underscores lets fields with "_" in their names through, AnyField all whose names are tokens.
	Underscores, AnyField bool
	// NoHTTP2 offers HTTP/1.1 alone on TLS.
	NoHTTP2 bool
}
