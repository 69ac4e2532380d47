package compile

import (
	"errors"

	"github.com/gwanmun/gwanmun/internal/model"
)

// ClientAuth is what a listener does about certificates of clients. It is never changed.
type ClientAuth struct {
	// Store is what certificates are verified against; nil passes them on as they are.
	Store *TrustStore
	// Required refuses, while TLS is being set up, clients without a certificate that Verify lets through. Without it
	// the connection is made, and what Verify said is for the steps of rules to act on.
	Required bool
	// IgnoreExpiry lets a client's own certificate through after its end.
	IgnoreExpiry bool
	// Advertise tells clients the names of the store's authorities.
	Advertise bool
	// MaxDepth is how many certificates may stand above the client's own in a verified chain, the authority included.
	MaxDepth int
	// AnyKey takes keys of all types and sizes; AllLists refuses a chain as soon as there are revocation lists, but none of
	// one of its issuers. Both are how OpenSSL does it.
	AnyKey, AllLists bool
	// Host is the host that this is for, where hosts differ in it; "" for the whole listener.
	Host string
}

// Limits of ALB's on client certificates.
const (
	// elbClientDepth is the depth of a chain up to which ALB verifies.
	elbClientDepth = 4
	// maxClientChain is the greatest size of a chain in bytes.
	maxClientChain = 64 << 10
)

// clientAuth reads a listener's mutual authentication. It is nil when clients are not asked for certificates, and an
// error when they cannot be verified.
func clientAuth(m *model.MutualAuthentication, store func(id string) *TrustStore) (*ClientAuth, error) {
	if m == nil {
		return nil, nil
	}
	switch m.Mode {
	case "", "off":
		return nil, nil
	case "passthrough":
		return &ClientAuth{MaxDepth: elbClientDepth}, nil
	case "verify":
	default:
		return nil, errors.New("mode " + m.Mode + " is not known")
	}
	s := store(m.TrustStore)
	if s == nil {
		return nil, errors.New("nothing is known of the content of trust store " + m.TrustStore)
	}
	return &ClientAuth{
		Store: s, Required: true, IgnoreExpiry: m.IgnoreClientCertificateExpiry,
		Advertise: m.AdvertiseTrustStoreCANames == "on", MaxDepth: elbClientDepth,
	}, nil
}
