package basicauth

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// Bounds of a Verifier.
const (
	// maxKnown is how many verified credentials are remembered.
	maxKnown = 8 << 10
	// maxWaiting is how many checks may wait for a turn.
	maxWaiting = 256
)

// Verifier checks passwords for all filters of a proxy: it bounds how many are checked at a time, for a bcrypt hash
// costs a core tens to hundreds of milliseconds, and remembers what fitted, or each request would cost that. It
// outlives snapshots. What it remembers are keyed digests, never passwords; a changed hash is another digest.
type Verifier struct {
	key     [sha256.Size]byte
	turns   chan struct{}
	waiting atomic.Int32

	mu sync.Mutex
	// recent and old hold what fitted. When recent is full it becomes old, and what old held and nobody asked for is
	// forgotten.
	recent, old map[digest]struct{}
}

type digest [sha256.Size]byte

// NewVerifier makes a verifier that checks at most parallel passwords at a time. key is random and of this process
// only.
func NewVerifier(key [32]byte, parallel int) *Verifier {
	return &Verifier{key: key, turns: make(chan struct{}, max(parallel, 1)), recent: map[digest]struct{}{}}
}

// check says whether password fits hash. busy: too many checks are waiting, nothing was checked.
func (v *Verifier) check(name, password []byte, entry *entry) (fits, busy bool) {
	if !entry.costly {
		// Nothing to wait for, and so nothing that may wait: see filter.Blocks.
		return entry.verify(password) && entry.exists, false
	}
	d := v.digest(name, password, entry.hash)
	if v.known(d) {
		return entry.exists, false
	}
	if v.waiting.Add(1) > maxWaiting {
		v.waiting.Add(-1)
		return false, true
	}
	v.turns <- struct{}{}
	fits = entry.verify(password)
	<-v.turns
	v.waiting.Add(-1)
	if fits && entry.exists {
		v.remember(d)
	}
	return fits && entry.exists, false
}

// digest is a fingerprint of credentials that nobody can compute without the key. Lengths go in too, so that no two
// credentials share the bytes.
func (v *Verifier) digest(name, password []byte, hash string) digest {
	b := make([]byte, 0, 512)
	b = append(b, v.key[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(name)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(hash)))
	b = append(append(append(b, name...), hash...), password...)
	return sha256.Sum256(b)
}

func (v *Verifier) known(d digest) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.recent[d]; ok {
		return true
	}
	if _, ok := v.old[d]; !ok {
		return false
	}
	v.put(d)
	return true
}

func (v *Verifier) remember(d digest) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(d)
}

func (v *Verifier) put(d digest) {
	if len(v.recent) >= maxKnown/2 {
		v.old, v.recent = v.recent, make(map[digest]struct{}, maxKnown/2)
	}
	v.recent[d] = struct{}{}
}
