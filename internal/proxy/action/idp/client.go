package idp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// Timeout is how long a provider may take for one answer (AWS).
const Timeout = 5 * time.Second

// Options are what a Client takes from outside.
type Options struct {
	// HTTP carries the questions out. Redirects are not followed and cookies not kept, whatever it says. When nil it is one that
	// uses no proxy and reaches neither this machine nor link-local addresses, where cloud metadata lives.
	HTTP *http.Client
	// Loopback allows addresses on this machine, http too: for providers that run beside the proxy while developing.
	Loopback bool
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Client asks identity providers. It outlives snapshots and may be used from any goroutine. Close ends it.
type Client struct {
	http     *http.Client
	loopback bool
	now      func() time.Time

	// life ends with Close, and with it what runs in the background.
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu sync.Mutex
	// closed keeps new background work from beginning once Close waits for what runs.
	closed bool
	sets   setTable
	issuer issuerTable
}

// New makes a Client.
func New(o Options) *Client {
	c := &Client{loopback: o.Loopback, now: o.Now}
	if c.now == nil {
		c.now = time.Now
	}
	own := http.Client{}
	if o.HTTP != nil {
		own = *o.HTTP
	} else {
		own.Transport = guarded(o.Loopback)
	}
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &own
	c.life, c.end = context.WithCancel(context.Background()) // ended by Close
	c.sets, c.issuer = newSetTable(), newIssuerTable()
	return c
}

// Close ends what runs in the background and waits for it.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.running.Wait()
	c.http.CloseIdleConnections()
}

// background runs f, unless the Client is closed.
func (c *Client) background(f func(ctx context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.running.Go(func() {
		ctx, cancel := context.WithTimeout(c.life, Timeout)
		defer cancel()
		f(ctx)
	})
	return true
}

// guarded is a transport for addresses that users choose. It looks at the address after the name was resolved, so that no
// name can lead where an address may not.
func guarded(loopback bool) *http.Transport {
	d := &net.Dialer{Timeout: Timeout, Control: func(_, address string, _ syscall.RawConn) error {
		return reachable(address, loopback)
	}}
	return &http.Transport{
		DialContext: d.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: Timeout, ResponseHeaderTimeout: Timeout,
		MaxIdleConns: 64, MaxIdleConnsPerHost: 8, MaxConnsPerHost: 64, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 32 << 10, DisableCompression: true,
	}
}

// reachable says whether the proxy may connect to an address on behalf of a user.
func reachable(address string, loopback bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s is no address: %w", address, err)
	}
	ip := at.Addr().Unmap()
	switch {
	case ip.IsLoopback() && loopback:
		return nil
	case ip.IsLoopback(), ip.IsUnspecified(), ip.IsLinkLocalUnicast(), ip.IsMulticast(), ip.IsInterfaceLocalMulticast():
		return fmt.Errorf("%s is not an address of an identity provider", ip)
	}
	return nil
}

// Check says why an endpoint of the model cannot be asked: it must be an https address (AWS), or one on this machine where
// that is allowed.
func (c *Client) Check(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no address", endpoint)
	case u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%q is not the address of an endpoint", endpoint)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && c.loopback && local(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q is not an https address", endpoint)
}

func local(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Failure is what kind of failure an Error is.
type Failure uint8

// Failures.
const (
	// Failed: there was no answer, or one that says that it failed.
	Failed Failure = iota
	// TimedOut: the answer took too long.
	TimedOut
	// Refused: the provider says that the grant (code or refresh token) is not valid.
	Refused
	// Unusable: the answer cannot be read.
	Unusable
	// TooLarge: the answer is longer than allowed.
	TooLarge
)

// Error is a question that was not answered as it must be. Its text names endpoints and holds nothing secret.
type Error struct {
	Failure Failure
	Err     error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

func failed(f Failure, format string, args ...any) *Error {
	return &Error{f, fmt.Errorf(format, args...)}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request and reads the answer, within Timeout and limit.
func (c *Client) ask(ctx context.Context, r *http.Request, limit int64) (answer, *Error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "gwanmun")
	// The address alone: queries and bodies hold codes and secrets.
	where := r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
	response, err := c.http.Do(r.WithContext(ctx))
	if err != nil {
		return answer{}, c.cause(ctx, err, where)
	}
	defer func() { _ = response.Body.Close() }() // everything that matters has been read
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return answer{}, c.cause(ctx, err, where)
	}
	if int64(len(body)) > limit {
		return answer{}, failed(TooLarge, "%s answers with more than %d bytes", where, limit)
	}
	return answer{response.StatusCode, response.Header, body}, nil
}

// cause tells time that ran out from other failures. url.Error would show the query.
func (c *Client) cause(ctx context.Context, err error, where string) *Error {
	var timeout interface{ Timeout() bool }
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return failed(TimedOut, "%s did not answer in time", where)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return failed(Failed, "ask %s: %w", where, err)
}
