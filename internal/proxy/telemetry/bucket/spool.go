package bucket

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// spoolRoot is the folder of files whose period is not over, one folder for each process.
const spoolRoot = ".spool"

// spoolFolder is the spool of one process. The lock tells others that it lives.
type spoolFolder struct {
	name string
	lock *os.File
}

// lockName is the file in a spool that its process holds a lock on.
const lockName = "lock"

func openSpool(root *os.Root, name string) (*spoolFolder, error) {
	folder := path.Join(spoolRoot, name)
	if err := root.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("the spool of logs: %w", err)
	}
	f, err := root.OpenFile(path.Join(folder, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("the spool of logs: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the spool of logs: %w", err), f.Close())
	}
	return &spoolFolder{folder, f}, nil
}

// close removes the spool, which is empty by then unless the disk was full.
func (s *spoolFolder) close(root *os.Root) error {
	err := s.lock.Close()
	_ = root.Remove(path.Join(s.name, lockName)) // what is left is found by the next process
	removeEmpty(root, s.name)
	return err
}

// removeEmpty removes a folder with the empty folders in it; folders that hold something stay.
func removeEmpty(root *os.Root, folder string) {
	entries, err := fs.ReadDir(root.FS(), folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			removeEmpty(root, path.Join(folder, e.Name()))
		}
	}
	_ = root.Remove(folder) // it fails when something is left
}

// leftovers lists what processes that are gone have left in their spools.
func leftovers(root *os.Root, own string) []string {
	spools, err := fs.ReadDir(root.FS(), spoolRoot)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range spools {
		folder := path.Join(spoolRoot, e.Name())
		if !e.IsDir() || folder == own || alive(root, folder) {
			continue
		}
		_ = fs.WalkDir(root.FS(), folder, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(p, ".log") {
				out = append(out, p)
			}
			return nil // what cannot be read stays where it is
		})
	}
	slices.Sort(out)
	return out
}

// alive says whether another process still writes to a spool.
func alive(root *os.Root, folder string) bool {
	f, err := root.OpenFile(path.Join(folder, lockName), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// spool opens the file in which the lines of a period are gathered. name is where they go in the end.
func (s *Store) spool(name string) (*os.File, string, error) {
	at := path.Join(s.own.name, strings.TrimSuffix(name, ".gz"))
	s.disk.Lock()
	defer s.disk.Unlock()
	if err := s.root.MkdirAll(path.Dir(at), 0o755); err != nil {
		return nil, "", err
	}
	f, err := s.root.OpenFile(at, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return f, at, err
}

// pack asks for a spooled file to be compressed and put in its place.
func (s *Store) pack(at string) {
	s.mu.Lock()
	s.packs = append(s.packs, at)
	s.mu.Unlock()
	s.wake()
}

func (s *Store) wake() {
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// packAll is the loop that compresses. What cannot be delivered stays in the spool for the next process.
func (s *Store) packAll() {
	for range s.more {
		s.packWaiting()
	}
	s.packWaiting()
}

func (s *Store) packWaiting() {
	for {
		s.mu.Lock()
		if len(s.packs) == 0 {
			s.mu.Unlock()
			return
		}
		at := s.packs[0]
		s.packs = s.packs[1:]
		s.mu.Unlock()
		if err := s.packOne(at); err != nil {
			s.complain(&Stream{LoadBalancer: path.Base(at)}, err)
			continue
		}
		s.files.Add(1)
	}
}

// packOne compresses .spool/<process>/<name>.log to <name>.log.gz. The name appears when the file is complete.
func (s *Store) packOne(at string) error {
	_, name, _ := strings.Cut(strings.TrimPrefix(at, spoolRoot+"/"), "/")
	name += ".gz"
	in, err := s.root.Open(at)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := s.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	half := at + ".gz"
	out, err := s.root.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(out)
	_, err = io.Copy(z, in)
	if err = errors.Join(err, z.Close(), out.Sync(), out.Close()); err == nil {
		err = s.root.Rename(half, name)
	}
	if err != nil {
		_ = s.root.Remove(half) // half a file is worth nothing
		return err
	}
	if err := s.root.Remove(at); err != nil {
		return err
	}
	s.tidy(path.Dir(at))
	return nil
}

// tidy removes the folders of a delivered file from the spool, as far as nothing else is in them.
func (s *Store) tidy(folder string) {
	s.disk.Lock()
	defer s.disk.Unlock()
	for folder != s.own.name && path.Dir(folder) != spoolRoot && folder != "." {
		if s.root.Remove(folder) != nil {
			return
		}
		folder = path.Dir(folder)
	}
	if folder != s.own.name && path.Dir(folder) == spoolRoot {
		_ = s.root.Remove(path.Join(folder, lockName)) // the spool of a process that is gone
		_ = s.root.Remove(folder)                      // it stays while something is left in it
	}
}

// test writes the file by which the service sees whether it may write to a bucket.
func (s *Store) test(stream *Stream, now time.Time) {
	name := stream.testFile()
	err := s.root.MkdirAll(path.Dir(name), 0o755)
	if err == nil {
		text := fmt.Sprintf("Logs of load balancer %s go here since %s\n", stream.LoadBalancer, now.UTC().Format(time.RFC3339))
		err = s.root.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		s.complain(stream, err)
	}
}
