package compile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Verify says whether a client's chain, its own certificate first, leads to the trust store at a time. Without a store
// everything is let through.
func (a *ClientAuth) Verify(chain []*x509.Certificate, now time.Time) exchange.VerifyStatus {
	if len(chain) == 0 {
		if a.Required {
			return exchange.VerifyUnmapped
		}
		return exchange.VerifyOK
	}
	size := 0
	for _, c := range chain {
		size += len(c.Raw)
	}
	if size > maxClientChain {
		return exchange.VerifyTooLarge
	}
	if a.Store == nil {
		return exchange.VerifyOK
	}
	if len(chain) > a.MaxDepth+1 {
		return exchange.VerifyChainTooDeep
	}
	if !a.AnyKey && !clientKey(chain[0]) {
		return exchange.VerifyTypeUnsupported
	}
	verified, status := a.chains(chain, now)
	if status != exchange.VerifyOK {
		return status
	}
	return a.settleChains(verified, now)
}

// clientKey says whether a key is of a type and size that ALB takes: RSA of 2048 to 8192 bits, P-256, P-384, P-521.
func clientKey(c *x509.Certificate) bool {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= 2048 && k.N.BitLen() <= 8192
	case *ecdsa.PublicKey:
		return k.Curve == elliptic.P256() || k.Curve == elliptic.P384() || k.Curve == elliptic.P521()
	}
	return false
}

// chains finds the ways from the client's certificate to the store.
func (a *ClientAuth) chains(chain []*x509.Certificate, now time.Time) ([][]*x509.Certificate, exchange.VerifyStatus) {
	leaf := chain[0]
	switch {
	case now.Before(leaf.NotBefore):
		return nil, exchange.VerifyNotYetValid
	case now.After(leaf.NotAfter) && !a.IgnoreExpiry:
		return nil, exchange.VerifyExpired
	case now.After(leaf.NotAfter):
		// What is signed is the encoding, which stays as it is.
		lasting := *leaf
		lasting.NotAfter = now
		leaf = &lasting
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	verified, err := leaf.Verify(x509.VerifyOptions{
		Roots: a.Store.Roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, verifyStatus(err, now)
	}
	return verified, exchange.VerifyOK
}

// verifyStatus is the code for an error of crypto/x509.
func verifyStatus(err error, now time.Time) exchange.VerifyStatus {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch invalid.Reason {
		case x509.Expired:
			if invalid.Cert != nil && now.Before(invalid.Cert.NotBefore) {
				return exchange.VerifyNotYetValid
			}
			return exchange.VerifyExpired
		case x509.IncompatibleUsage:
			return exchange.VerifyPurposeInvalid
		case x509.TooManyIntermediates:
			return exchange.VerifyChainTooDeep
		}
		return exchange.VerifyInvalid
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return exchange.VerifyUntrusted
	}
	return exchange.VerifyInvalid
}

// settleChains looks for a chain that is short enough and holds nothing revoked. Several chains differ in nothing that a
// client could know of, so the best one counts.
func (a *ClientAuth) settleChains(verified [][]*x509.Certificate, now time.Time) exchange.VerifyStatus {
	status := exchange.VerifyChainTooDeep
	for _, chain := range verified {
		if len(chain) > a.MaxDepth+1 {
			continue
		}
		switch status = a.revoked(chain, now); status {
		case exchange.VerifyOK, exchange.VerifyRevoked:
			return status
		}
	}
	return status
}

// revoked looks a chain up in the revocation lists of its issuers. An issuer without a list revokes nothing.
func (a *ClientAuth) revoked(chain []*x509.Certificate, now time.Time) exchange.VerifyStatus {
	for i := 0; i+1 < len(chain); i++ {
		c, issuer := chain[i], chain[i+1]
		listed := false
		for _, list := range a.Store.lists[string(c.RawIssuer)] {
			if len(list.AuthorityKeyId) > 0 && len(issuer.SubjectKeyId) > 0 &&
				string(list.AuthorityKeyId) != string(issuer.SubjectKeyId) {
				continue // of another authority of that name
			}
			listed = true
			// A list beyond its end still tells what is revoked, but no longer what is not.
			if list.CheckSignatureFrom(issuer) != nil {
				return exchange.VerifyRevocationUnknown
			}
			if _, hit := list.serials[string(c.SerialNumber.Bytes())]; hit {
				return exchange.VerifyRevoked
			}
			if !list.NextUpdate.IsZero() && now.After(list.NextUpdate) || now.Before(list.ThisUpdate) {
				return exchange.VerifyRevocationUnknown
			}
		}
		if !listed && a.AllLists && len(a.Store.lists) > 0 {
			return exchange.VerifyRevocationUnknown
		}
	}
	return exchange.VerifyOK
}
