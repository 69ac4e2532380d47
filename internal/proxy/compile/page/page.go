package page

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Field names and values of responses made here. They are shared and must not be written to.
var (
	contentType = []byte("Content-Type")
	html        = []byte("text/html")
	server      = []byte("Server")
	awselb      = []byte("awselb/2.0")
	location    = []byte("Location")
)

// made is a page ready to send.
type made struct {
	status     int
	reason     []byte
	nginx, elb []byte
}

var pages = func() map[int]made {
	out := map[int]made{}
	for _, r := range reasons {
		m := made{status: r.status, reason: []byte(r.line)}
		if r.title != "" {
			title := strconv.Itoa(r.status) + " " + r.title
			m.elb = []byte(headOf(title, title) + "</body>\r\n</html>\r\n")
			m.nginx = []byte(headOf(title, title) + endOfNginx)
		}
		out[r.status] = m
	}
	large := out[400]
	large.nginx = []byte(headOf("400 Request Header Or Cookie Too Large", "400 Bad Request") +
		"<center>Request Header Or Cookie Too Large</center>\r\n" + endOfNginx)
	out[HeadTooLarge] = large
	return out
}()

// HeadTooLarge stands for 400 with a page of its own where nginx has one; it is nginx's internal number.
const HeadTooLarge = 494

const endOfNginx = "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

func headOf(title, heading string) string {
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + heading + "</h1></center>\r\n"
}

// closing are the statuses after which the request's framing or body is not to be trusted: the connection is closed.
var closing = map[int]bool{400: true, 408: true, 413: true, 414: true, 501: true, 505: true}

// Style is how a listener's own responses look.
type Style struct {
	Dialect model.Dialect
	// Server adds "Server: awselb/2.0"; with DialectELB only.
	Server bool
}

// Error makes the page of a status. Whatever the response held is dropped.
func (s Style) Error(x *exchange.Exchange, status int) {
	Clear(x)
	m := pages[status]
	if m.status != 0 {
		status = m.status
	}
	body := m.elb
	if s.Dialect == model.DialectNginx {
		body = m.nginx
	}
	x.Respond(status, body)
	x.Response.Reason = m.reason
	x.Response.Close = x.Response.Close || closing[status]
	if s.Server && s.Dialect != model.DialectNginx {
		x.Response.Header.Add(server, awselb)
	}
	if len(body) > 0 {
		x.Response.Header.Add(contentType, html)
	}
}

// Redirect makes the page of a redirect to a place, which must not hold control characters.
func (s Style) Redirect(x *exchange.Exchange, status int, place []byte) {
	s.Error(x, status)
	x.Response.Header.Add(location, place)
}

// Fixed makes a response with a body of its own. kind is its Content-Type; none when empty.
func (s Style) Fixed(x *exchange.Exchange, status int, kind, body []byte) {
	Clear(x)
	x.Respond(status, body)
	x.Response.Reason = pages[status].reason
	if s.Server && s.Dialect != model.DialectNginx {
		x.Response.Header.Add(server, awselb)
	}
	if len(kind) > 0 {
		x.Response.Header.Add(contentType, kind)
	}
}

// Clear drops the fields that the response holds.
func Clear(x *exchange.Exchange) {
	if x.Response.Header.Len() > 0 {
		x.Response.Header.DelFunc(func(exchange.Field) bool { return true })
	}
	x.Response.Switch = false
}

// Reason is the reason phrase of a status, empty when there is no known one.
func Reason(status int) string { return string(pages[status].reason) }
