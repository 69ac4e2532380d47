package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gwanmun/gwanmun/kubebox/internal/state"
)

// Files are the paths of what the components read, inside one folder.
type Files struct {
	Authority, AuthorityKey string
	Server, ServerKey       string
	// ServiceAccountKey signs and verifies the tokens of service accounts.
	ServiceAccountKey string
}

// Folder names the files of a folder.
func Folder(dir string) Files {
	return Files{
		Authority:         filepath.Join(dir, "ca.crt"),
		AuthorityKey:      filepath.Join(dir, "ca.key"),
		Server:            filepath.Join(dir, "apiserver.crt"),
		ServerKey:         filepath.Join(dir, "apiserver.key"),
		ServiceAccountKey: filepath.Join(dir, "service-account.key"),
	}
}

// Load reads the authority and checks the key of the service accounts. All errors mean that the folder is damaged.
func (f Files) Load(now time.Time) (*Authority, error) {
	cert, err := os.ReadFile(f.Authority)
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(f.AuthorityKey)
	if err != nil {
		return nil, err
	}
	a, err := parseAuthority(Pair{Cert: cert, Key: key}, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Authority, err)
	}
	signing, err := os.ReadFile(f.ServiceAccountKey)
	if err != nil {
		return nil, err
	}
	if _, err := parseKey(signing); err != nil {
		return nil, fmt.Errorf("%s: %w", f.ServiceAccountKey, err)
	}
	return a, nil
}

// Create makes an authority and a key for service accounts and writes them.
func (f Files) Create(now time.Time) (*Authority, error) {
	a, pair, err := newAuthority(now)
	if err != nil {
		return nil, err
	}
	signing, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of the service accounts: %w", err)
	}
	signingText, err := encodeKey(signing)
	if err != nil {
		return nil, err
	}
	return a, errors.Join(
		state.WriteFile(f.ServiceAccountKey, signingText),
		state.WriteFile(f.AuthorityKey, pair.Key),
		state.WriteFile(f.Authority, pair.Cert),
	)
}

// Exists says whether the folder holds an authority.
func (f Files) Exists() bool {
	_, err := os.Stat(f.Authority)
	return !errors.Is(err, fs.ErrNotExist)
}

// WriteServer writes the certificate that the API server shows.
func (f Files) WriteServer(pair Pair) error {
	return errors.Join(state.WriteFile(f.Server, pair.Cert), state.WriteFile(f.ServerKey, pair.Key))
}
