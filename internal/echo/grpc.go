package echo

import (
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
)

// Fields that steer what stands behind the body.
const (
	// HeaderTrailer is a trailer of the answer: "Name: value".
	HeaderTrailer = "X-Echo-Trailer"
	// HeaderGRPCStatus is the status of the answer to a gRPC call, 0 when it is not sent.
	HeaderGRPCStatus = "X-Echo-Grpc-Status"
)

// grpcHealthCheck is the method that ELB calls by default, which no service has.
const grpcHealthCheck = "/AWS.ALB/healthcheck"

// isGRPC says whether a request is a gRPC call.
func isGRPC(r *http.Request) bool {
	return r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// answerGRPC sends one message and the status.
func answerGRPC(w http.ResponseWriter, r *http.Request, message []byte) {
	status := 0
	if r.URL.Path == grpcHealthCheck {
		status = 12 // unimplemented
	}
	if v := r.Header.Get(HeaderGRPCStatus); v != "" {
		n, err := strconv.ParseUint(v, 10, 16)
		if err != nil {
			http.Error(w, HeaderGRPCStatus+" is no number", http.StatusBadRequest)
			return
		}
		status = int(n)
	}
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set(http.TrailerPrefix+"Grpc-Status", strconv.Itoa(status))
	w.WriteHeader(http.StatusOK)
	prefix := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	if _, err := w.Write(append(prefix, message...)); err != nil {
		return // the client may leave at any time
	}
}

// trailer sets the trailer that the request asks for.
func trailer(w http.ResponseWriter, r *http.Request) bool {
	name, value, ok := strings.Cut(r.Header.Get(HeaderTrailer), ":")
	if ok {
		w.Header().Set("Trailer", strings.TrimSpace(name))
		w.Header().Set(http.TrailerPrefix+strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return ok
}
