package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Dir is a state folder that this process has locked. Close it last.
type Dir struct {
	// Path is absolute.
	Path string
	// Facts are what earlier starts decided; the zero value at the first start. Save writes them back.
	Facts Facts

	lock    *os.File
	sockets string
}

// Open makes the folder if there is none, locks it, and reads what earlier starts left there. The errors are meant for users:
// one line that says what to do.
func Open(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the state folder: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w; choose another one with --state-dir", err)
	}
	d := &Dir{Path: path}
	if d.lock, err = lock(filepath.Join(path, "lock")); err != nil {
		if held := heldError(""); errors.As(err, &held) {
			return nil, fmt.Errorf("state folder %s is in use by %w: stop that one, or choose another folder with --state-dir", path, err)
		}
		return nil, fmt.Errorf("lock the state folder: %w; choose another one with --state-dir", err)
	}
	if err := d.open(); err != nil {
		return nil, errors.Join(err, d.lock.Close())
	}
	return d, nil
}

func (d *Dir) open() error {
	facts, err := readFacts(d.file("state.json"))
	if err != nil {
		return d.Damaged(err)
	}
	if facts.Format == 0 && d.HasData() {
		return d.Damaged(errors.New("it holds etcd data but no state.json"))
	}
	d.Facts = facts
	for _, sub := range []string{d.PKI(), d.Etcd()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return fmt.Errorf("prepare the state folder: %w", err)
		}
	}
	d.sockets, err = socketFolder(d.Path)
	return err
}

// Save writes the facts for the next start.
func (d *Dir) Save() error {
	return writeFacts(d.file("state.json"), d.Facts)
}

// Damaged wraps an error that means that the folder cannot be used as it is, with the remedy.
func (d *Dir) Damaged(err error) error {
	return fmt.Errorf("state folder %s is damaged (%w): delete it to start afresh, or choose another one with --state-dir", d.Path, err)
}

// HasData says whether an earlier start has left objects: then its certificates and keys must be there too.
func (d *Dir) HasData() bool {
	_, err := os.Stat(filepath.Join(d.Etcd(), "member"))
	return err == nil
}

// Close removes the sockets and gives the folder free. The lock file stays: removing it would let two processes lock two
// files of the same name.
func (d *Dir) Close() error {
	return errors.Join(os.RemoveAll(d.sockets), d.lock.Close())
}

func (d *Dir) file(name string) string { return filepath.Join(d.Path, name) }

// PKI is the folder of certificates, keys and the components' kubeconfigs.
func (d *Dir) PKI() string { return d.file("pki") }

// Etcd is the folder of etcd's data.
func (d *Dir) Etcd() string { return d.file("etcd") }

// Kubeconfig is the file for users of the cluster.
func (d *Dir) Kubeconfig() string { return d.file("kubeconfig") }

// Log is where the components log unless the user says otherwise.
func (d *Dir) Log() string { return d.file("kubebox.log") }

// ClientSocket is where etcd listens for the API server.
func (d *Dir) ClientSocket() string { return filepath.Join(d.sockets, "etcd.sock") }

// PeerSocket is where etcd listens for other members. There are none, but it insists on a place.
func (d *Dir) PeerSocket() string { return filepath.Join(d.sockets, "peer.sock") }
