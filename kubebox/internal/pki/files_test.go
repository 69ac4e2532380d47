package pki

import (
	"crypto/x509"
	"net/netip"
	"os"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func TestAnAuthorityThatIsLoadedAgainVerifiesWhatItSignedBefore(t *testing.T) {
	files := Folder(t.TempDir())
	first, err := files.Create(now)
	if err != nil {
		t.Fatal(err)
	}
	server, err := first.Server([]netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	client, err := first.Client("someone", "some-group", now)
	if err != nil {
		t.Fatal(err)
	}

	again, err := files.Load(now.Add(300 * 24 * time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(again.Cert)
	for name, c := range map[string]struct {
		pair Pair
		host string
		use  x509.ExtKeyUsage
	}{
		"server by address": {server, "127.0.0.1", x509.ExtKeyUsageServerAuth},
		"server by name":    {server, "localhost", x509.ExtKeyUsageServerAuth},
		"client":            {client, "", x509.ExtKeyUsageClientAuth},
	} {
		cert, err := parseCertificate(c.pair.Cert)
		if err != nil {
			t.Fatal(err)
		}
		options := x509.VerifyOptions{Roots: roots, DNSName: c.host, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{c.use}}
		if _, err := cert.Verify(options); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	cert, _ := parseCertificate(client.Cert)
	if cert.Subject.CommonName != "someone" || len(cert.Subject.Organization) != 1 || cert.Subject.Organization[0] != "some-group" {
		t.Errorf("subject of the client: %s", cert.Subject)
	}
}

func TestKeysAreReadableByTheirOwnerOnly(t *testing.T) {
	files := Folder(t.TempDir())
	if _, err := files.Create(now); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{files.AuthorityKey, files.ServiceAccountKey} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %s", path, info.Mode())
		}
	}
}

func TestFoldersThatCannotServeAreRefused(t *testing.T) {
	other := Folder(t.TempDir())
	if _, err := other.Create(now); err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(other.AuthorityKey)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		at    time.Time
		spoil func(Files) error
	}{
		"the authority is about to end":      {now.Add(authorityLife - time.Hour), func(Files) error { return nil }},
		"the authority's key is missing":     {now, func(f Files) error { return os.Remove(f.AuthorityKey) }},
		"the authority's key is another's":   {now, func(f Files) error { return os.WriteFile(f.AuthorityKey, foreign, 0o600) }},
		"the key of the tokens is no key":    {now, func(f Files) error { return os.WriteFile(f.ServiceAccountKey, []byte("x"), 0o600) }},
		"the certificate is no certificate":  {now, func(f Files) error { return os.WriteFile(f.Authority, foreign, 0o600) }},
		"the key of the tokens is not there": {now, func(f Files) error { return os.Remove(f.ServiceAccountKey) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			files := Folder(t.TempDir())
			if _, err := files.Create(now); err != nil {
				t.Fatal(err)
			}
			if _, err := files.Load(now); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(files); err != nil {
				t.Fatal(err)
			}
			if _, err := files.Load(c.at); err == nil {
				t.Error("loaded without an error")
			}
		})
	}
}
