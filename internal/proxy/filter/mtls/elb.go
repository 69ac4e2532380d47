package mtls

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// elb writes the X-Amzn-Mtls-* fields of an application load balancer.
type elb struct {
	names compile.RequestFields
	// taken are the fields that are ours alone.
	taken []string
	// passthrough sends the chain as the client sent it; otherwise what is known of the verified certificate is sent.
	passthrough bool
}

// NewELB makes the step for a listener, nil when it neither asks clients for certificates nor has names of its own for
// the fields about them.
func NewELB(m *model.MutualAuthentication, s *compile.Settings) exchange.Filter {
	f := elb{names: s.Fields}
	n := &f.names
	f.taken = []string{n.ClientSerial, n.ClientIssuer, n.ClientSubject, n.ClientValidity, n.Leaf, n.Chain}
	asks := m != nil && m.Mode != "" && m.Mode != "off"
	renamed := slices.ContainsFunc(f.taken, func(name string) bool { return !ours(name) })
	if !asks && !renamed {
		return nil // the step that writes the other fields removes what clients send under ELB's own names
	}
	f.passthrough = asks && m.Mode == "passthrough"
	return f
}

// ours says whether a name is one that no client may use with ELB anyway.
func ours(name string) bool {
	const prefix = "X-Amzn-Mtls-"
	return len(name) > len(prefix) && sameField([]byte(name[:len(prefix)]), prefix)
}

// Request removes what the client sent under names of ours, and writes what is known of its certificate.
func (f elb) Request(x *exchange.Exchange) exchange.Verdict {
	header := &x.Request.Header
	header.DelFunc(func(h exchange.Field) bool {
		return slices.ContainsFunc(f.taken, func(name string) bool { return sameField(h.Name, name) })
	})
	t := x.Conn.Client.Text()
	switch {
	case t == nil:
	case f.passthrough:
		header.AddString(f.names.Chain, t.Chain)
	case x.Conn.Client.Checked && x.Conn.Client.Status == exchange.VerifyOK:
		header.AddString(f.names.ClientSerial, t.Serial)
		header.AddString(f.names.ClientIssuer, t.Issuer)
		header.AddString(f.names.ClientSubject, t.Subject)
		header.AddString(f.names.ClientValidity, t.Validity)
		header.AddString(f.names.Leaf, t.Leaf)
	}
	return exchange.Continue
}

// sameField compares field names as those programs read them that take "-" and "_" for the same: no client may get its own
// text past us under such a name.
func sameField(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i := range len(want) {
		if fold(name[i]) != fold(want[i]) {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c == '_':
		return '-'
	}
	return c
}
