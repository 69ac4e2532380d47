package h2

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// Probe asks a target whether it can serve, on a connection that is used for nothing else.
type Probe struct {
	// Authority and Path are what to ask for.
	Authority, Path string
	// TLS says that the connection is encrypted.
	TLS bool
	// GRPC calls a method as gRPC clients do, with an empty message, and takes the gRPC status for the answer; otherwise
	// it is a GET and the HTTP status.
	GRPC bool
}

// emptyMessage is a gRPC message without content: not compressed, of length 0.
var emptyMessage = []byte{0, 0, 0, 0, 0}

var errNoGRPCStatus = errors.New("answer without grpc-status")

// Probe carries a health check out and returns the status. ctx bounds it; socket has to be closed by the caller. An
// answer to GRPC with another HTTP status than 200 gives that, as gRPC has none then.
func (k *Keeper) Probe(ctx context.Context, socket net.Conn, p Probe) (status int, err error) {
	ended := make(chan struct{})
	c := k.Open(socket, func() { close(ended) })
	defer func() {
		c.Retire()
		c.mu.Lock()
		c.hangUp()
		c.mu.Unlock()
		<-ended
	}()
	if !c.Reserve() {
		return 0, ErrClosed
	}
	x := &exchange.Exchange{}
	r := &x.Request
	r.Method, r.Target, r.Authority = []byte("GET"), []byte(p.Path), []byte(p.Authority)
	r.Header.Add([]byte("user-agent"), []byte("ELB-HealthChecker/2.0"))
	request := Request{End: true}
	if p.GRPC {
		r.Method = []byte("POST")
		r.Header.Add([]byte("content-type"), []byte("application/grpc"))
		request.Payload = emptyMessage
	} else {
		r.Header.Add([]byte("accept-encoding"), []byte("gzip, compressed"))
	}
	request.Block = codec.AppendRequest(nil, x, p.TLS, p.GRPC)
	st := c.Open(request)
	defer st.Close()
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(cancelled); st.Cancel() })
	defer func() {
		if !stop() {
			<-cancelled // the stream serves somebody else once it is closed
		}
	}()
	status, err = st.outcome(x, p.GRPC)
	if err != nil && ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	return status, err
}

// outcome reads the answer as far as its status.
func (st *Stream) outcome(x *exchange.Exchange, grpc bool) (int, error) {
	for {
		if err := st.Head(x); err != nil {
			return 0, err
		}
		if x.Response.Status >= 200 {
			break
		}
	}
	if !grpc || x.Response.Status != 200 {
		return x.Response.Status, nil
	}
	if v, ok := x.Response.Header.Get("grpc-status"); ok {
		return grpcStatus(v)
	}
	var scrap [4 << 10]byte
	for {
		_, err := st.Read(scrap[:])
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	st.Trailer(x)
	if v, ok := x.Response.Trailer.Get("grpc-status"); ok {
		return grpcStatus(v)
	}
	return 0, errNoGRPCStatus
}

func grpcStatus(v []byte) (int, error) {
	n, err := strconv.ParseUint(string(v), 10, 16)
	if err != nil {
		return 0, errNoGRPCStatus
	}
	return int(n), nil
}
