package recent

import (
	"crypto/sha256"
	"sync"
)

const (
	// shards is how many locks a Table has; perShard how much stands behind each.
	shards, perShard = 16, 64
	// Size is how much a Table remembers.
	Size = shards * perShard
)

// Key is a fingerprint of everything that a value was worked out from.
type Key = [sha256.Size]byte

// KeyOf makes the Key of texts; where one ends and the next begins matters.
func KeyOf(texts ...string) (k Key) {
	h := sha256.New()
	for _, text := range texts {
		n := len(text)
		_, _ = h.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}) // a hash does not fail
		_, _ = h.Write([]byte(text))
	}
	h.Sum(k[:0])
	return k
}

// Table remembers values by Key. When it is full, any other value makes room. The zero Table is empty and ready, and may be
// used from any goroutine.
type Table[V any] struct {
	parts [shards]part[V]
}

type part[V any] struct {
	mu   sync.Mutex
	rows map[Key]V
}

// Get returns the value of a Key, and whether it is remembered.
func (t *Table[V]) Get(k Key) (V, bool) {
	p := &t.parts[k[0]%shards]
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok := p.rows[k]
	return v, ok
}

// Put remembers a value.
func (t *Table[V]) Put(k Key, v V) {
	p := &t.parts[k[0]%shards]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rows == nil {
		p.rows = map[Key]V{}
	}
	if _, have := p.rows[k]; !have && len(p.rows) >= perShard {
		for other := range p.rows {
			delete(p.rows, other)
			break
		}
	}
	p.rows[k] = v
}

// Len counts what is remembered.
func (t *Table[V]) Len() int {
	n := 0
	for i := range t.parts {
		t.parts[i].mu.Lock()
		n += len(t.parts[i].rows)
		t.parts[i].mu.Unlock()
	}
	return n
}
