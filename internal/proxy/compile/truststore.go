package compile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// TrustStore is what client certificates are verified against, parsed. It is never changed.
type TrustStore struct {
	// ID is the ID in the model.
	ID string
	// Roots holds the authorities.
	Roots *x509.CertPool

	authorities, revocations []byte
	// lists are the revocation lists, by their issuer's name as it is encoded.
	lists map[string][]*revocationList
}

// revocationList is a revocation list with an index of what it revokes.
type revocationList struct {
	*x509.RevocationList
	// serials holds the serial numbers that are revoked, as they are encoded.
	serials map[string]struct{}
}

// parseTrustStore reads a trust store's content.
func parseTrustStore(m *model.TrustStore) (*TrustStore, error) {
	s := &TrustStore{
		ID: m.ID, Roots: x509.NewCertPool(), authorities: m.Authorities, revocations: m.Revocations,
		lists: map[string][]*revocationList{},
	}
	found := 0
	err := eachBlock(m.Authorities, func(der []byte) error {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", found+1, err)
		}
		found++
		s.Roots.AddCert(c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if found == 0 {
		return nil, errors.New("it holds no certificates")
	}
	err = eachBlock(m.Revocations, func(der []byte) error {
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			return fmt.Errorf("revocation list: %w", err)
		}
		l := &revocationList{list, make(map[string]struct{}, len(list.RevokedCertificateEntries))}
		for i := range list.RevokedCertificateEntries {
			l.serials[string(list.RevokedCertificateEntries[i].SerialNumber.Bytes())] = struct{}{}
		}
		l.RevokedCertificateEntries = nil // the index has them
		issuer := string(list.RawIssuer)
		s.lists[issuer] = append(s.lists[issuer], l)
		return nil
	})
	return s, err
}

// eachBlock gives out the content of PEM blocks.
func eachBlock(text []byte, f func(der []byte) error) error {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil
		}
		if err := f(block.Bytes); err != nil {
			return err
		}
	}
}

// same says whether a parsed trust store still has the model's content.
func (s *TrustStore) same(m *model.TrustStore) bool {
	return bytes.Equal(s.authorities, m.Authorities) && bytes.Equal(s.revocations, m.Revocations)
}

// parseTrustStores reads the unit's trust stores; content that is as in the unit before is not read again.
func (u *unit) parseTrustStores(old *unit) {
	for i := range u.model.TrustStores {
		m := &u.model.TrustStores[i]
		if len(m.Authorities) == 0 {
			continue
		}
		if u.stores == nil {
			u.stores = map[string]*TrustStore{}
		}
		if old != nil && old.stores[m.ID] != nil && old.stores[m.ID].same(m) {
			u.stores[m.ID] = old.stores[m.ID]
			continue
		}
		s, err := parseTrustStore(m)
		if err != nil {
			u.diags = append(u.diags, diag.New(diag.TrustStoreBroken, trustStoreObject(m.ID), "",
				diag.A("store", m.ID), diag.A("reason", err)))
			continue
		}
		u.stores[m.ID] = s
	}
}

// trustStoreObject names the Secret behind a trust store.
func trustStoreObject(id string) diag.Object {
	if o := certificateObject(id); o.Kind == "Secret" {
		return o
	}
	return diag.Object{Kind: "TrustStore", Name: id}
}
