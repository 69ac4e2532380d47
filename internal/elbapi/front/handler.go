package front

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// Options are what a Handler takes from outside. All but the last four are required.
type Options struct {
	// Operations is the table of calls.
	Operations []wire.Operation
	// Region is the one region that the API stands for.
	Region string
	// RequestID makes the ids of requests.
	RequestID func() string
	// Now is the clock.
	Now func() time.Time
	// Logger gets a line for each call at level debug, and mistakes of ours at level error.
	Logger *slog.Logger
	// Faults are the rules by which calls go wrong.
	Faults *fault.Set
	// Buckets throttle calls; nil: no limit.
	Buckets *fault.Buckets
	// Secrets are the secrets of access keys: signatures are checked when there are any. nil: any access key is accepted.
	Secrets map[string]string
	// Account is told in the answers of the admin calls; it may be empty.
	Account string
	// PublicKey finds a key that verifies what load balancers tell targets of users, as PEM; may be nil.
	PublicKey func(id string) ([]byte, bool)
	// Wait waits for a fault's delay; a timer when nil.
	Wait func(ctx context.Context, d time.Duration) error
}

// Handler answers for all services.
type Handler struct {
	options Options
	table   map[called]wire.Operation
	counts  counts
	admin   http.Handler
}

// New makes a Handler. It looks at every row of the table, so that a mistake in it is found before the first call.
func New(o Options) (*Handler, error) {
	h := &Handler{options: o, table: map[called]wire.Operation{}}
	if h.options.Wait == nil {
		h.options.Wait = wait
	}
	for _, op := range o.Operations {
		if err := wire.Check(op); err != nil {
			return nil, err
		}
		key := called{op.Service, op.Name}
		if _, twice := h.table[key]; twice {
			return nil, fmt.Errorf("%s %s is in the table twice", op.Service, op.Name)
		}
		h.table[key] = op
	}
	h.admin = h.adminCalls()
	return h, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Calls counts the calls since the start or the last ResetCalls, by service and operation.
func (h *Handler) Calls() []Count { return h.counts.list() }

// ResetCalls begins counting at zero.
func (h *Handler) ResetCalls() { h.counts.reset() }

// ServeHTTP answers a request: a call of a service, or an admin call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, adminPath) {
		h.admin.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "AWS's APIs are called with POST or GET", http.StatusMethodNotAllowed)
		return
	}
	id := h.options.RequestID()
	q := &request{http: r}
	a := h.answer(w, q, id)
	head := w.Header()
	head.Set("Content-Type", a.Type)
	head.Set("X-Amzn-Requestid", id)
	if q.dialect.Protocol == wire.CBOR {
		head.Set("Smithy-Protocol", "rpc-v2-cbor")
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that is gone does not want to know
}

// answer reads a request and makes the call that it is for.
func (h *Handler) answer(w http.ResponseWriter, q *request, id string) wire.Answer {
	if err := h.receive(w, q); err != nil {
		if q.dialect.Service == "" {
			q.dialect = q.guess()
		}
		h.options.Logger.Debug("a request was refused", "method", q.http.Method, "path", q.http.URL.Path, "error", err)
		return q.dialect.Failure(id, err)
	}
	start := h.options.Now()
	var a wire.Answer
	out, err := h.call(q)
	if err == nil {
		if a, err = q.dialect.Success(q.operation, id, out); err != nil {
			h.options.Logger.Error("an answer cannot be written", "error", err)
		}
	}
	if err != nil {
		a = q.dialect.Failure(id, err)
	}
	h.counts.add(q.dialect.Service, q.operation, a.Code != "")
	h.options.Logger.Debug("call", "service", q.dialect.Service, "operation", q.operation, "code", a.Code,
		"duration", h.options.Now().Sub(start), "request", id)
	return a
}

// receive reads a request up to the point where it is known which operation it is for.
func (h *Handler) receive(w http.ResponseWriter, q *request) error {
	if coding := q.http.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return wire.Errorf("UnsupportedContentEncoding", "Bodies in the coding %q are not read here", coding)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.http.Body, wire.MaxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return wire.Errorf("RequestEntityTooLarge", "The body is longer than %d bytes", wire.MaxBody)
		}
		return wire.Errorf("IncompleteBody", "The body cannot be read: %v", err)
	}
	q.body = body
	if err := q.read(); err != nil {
		return err
	}
	if err := q.dispatch(); err != nil {
		return err
	}
	if q.signature != nil {
		if err := q.signature.Scoped(h.options.Region); err != nil {
			return err
		}
		if h.options.Secrets != nil {
			if err := q.signature.Verify(q.http, body, h.options.Secrets, h.options.Now()); err != nil {
				return err
			}
		}
	}
	if _, ok := h.table[called{q.dialect.Service, q.operation}]; !ok {
		return unknown(q.dialect, q.operation)
	}
	return nil
}

// call makes the call that a request is for, with the faults that are asked for.
func (h *Handler) call(q *request) (any, error) {
	op, ctx := h.table[called{q.dialect.Service, q.operation}], q.http.Context()
	if h.options.Buckets != nil {
		if err := h.options.Buckets.Take(op.Service, op.Name); err != nil {
			return nil, err
		}
	}
	verdict := h.options.Faults.Judge(op.Service, op.Name)
	if verdict.Wait > 0 {
		if err := h.options.Wait(ctx, verdict.Wait); err != nil {
			return nil, err
		}
	}
	if verdict.Before != nil {
		return nil, verdict.Before
	}
	in := op.New()
	if err := q.dialect.Decode(q.form, q.body, in); err != nil {
		return nil, err
	}
	out, err := h.do(ctx, op, in)
	if err == nil && verdict.After != nil {
		return nil, verdict.After
	}
	return out, err
}

// do makes a call. A panic in an operation is a mistake of ours, which one client shall see and no other shall suffer from.
func (h *Handler) do(ctx context.Context, op wire.Operation, in any) (out any, err error) {
	defer func() {
		if r := recover(); r != nil {
			h.options.Logger.Error("an operation panicked", "service", op.Service, "operation", op.Name, "panic", r,
				"stack", string(debug.Stack()))
			out, err = nil, wire.Errorf(wire.InternalFailure, "%s failed by a mistake of this API", op.Name)
		}
	}()
	return op.Do(ctx, in)
}
