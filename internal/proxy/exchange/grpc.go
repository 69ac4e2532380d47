package exchange

// GRPC says whether the request is a gRPC call: HTTP/2 with a content type of application/grpc, with or without a suffix
// or parameters.
func (r *Request) GRPC() bool {
	if r.Proto < HTTP2 {
		return false
	}
	const kind = "application/grpc"
	v, _ := r.Header.Get("Content-Type")
	return len(v) >= len(kind) && EqualFold(v[:len(kind)], kind) &&
		(len(v) == len(kind) || v[len(kind)] == '+' || v[len(kind)] == ';' || v[len(kind)] == ' ')
}
