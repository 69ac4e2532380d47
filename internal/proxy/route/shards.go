package route

import (
	"maps"
	"slices"
)

// Shards is an immutable map from text that is cheap to change: an Edit copies only the small maps it touches and the
// two levels above them. The zero value is empty and ready.
type Shards[V any] struct {
	// chunks are a power of two in number, or none at all.
	chunks []*chunk[V]
	count  int
}

// chunk is the second level.
type chunk[V any] [chunkSize]map[string]V

const (
	chunkSize = 32
	// perShard is how many entries a map holds on average before there are more maps.
	perShard = 16
)

// Len counts the entries.
func (s Shards[V]) Len() int { return s.count }

// Get returns the value of a key.
func (s Shards[V]) Get(key string) (V, bool) {
	if s.count == 0 {
		var none V
		return none, false
	}
	i := place(hash(key), len(s.chunks))
	v, ok := s.chunks[i/chunkSize][i%chunkSize][key]
	return v, ok
}

// Find returns the value of a key that is given as bytes, without allocating.
func (s Shards[V]) Find(key []byte) (V, bool) {
	if s.count == 0 {
		var none V
		return none, false
	}
	i := place(hash(key), len(s.chunks))
	v, ok := s.chunks[i/chunkSize][i%chunkSize][string(key)]
	return v, ok
}

// place is the number of the map that a hash belongs to.
func place(hash uint32, chunks int) uint32 { return hash & uint32(chunks*chunkSize-1) }

// Keys lists the keys, sorted.
func (s Shards[V]) Keys() []string {
	keys := make([]string, 0, s.count)
	for _, c := range s.chunks {
		for _, m := range c {
			for k := range m {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// hash is FNV-1a. It only spreads keys over shards; within a shard Go's map resists chosen keys.
func hash[K string | []byte](key K) uint32 {
	h := uint32(2166136261)
	for i := range len(key) {
		h = (h ^ uint32(key[i])) * 16777619
	}
	return h ^ h>>15
}

// Edit makes changed copies of Shards. It must not be used after Done.
type Edit[V any] struct {
	s Shards[V]
	// own marks the maps that belong to this edit, by chunk; a chunk without an entry is shared. Nil while nothing has
	// changed.
	own map[uint32]*[chunkSize]bool
}

// Edit starts a change; s stays as it is.
func (s Shards[V]) Edit() *Edit[V] { return &Edit[V]{s: s} }

// Get sees the changes made so far.
func (e *Edit[V]) Get(key string) (V, bool) { return e.s.Get(key) }

// Set gives a key a value.
func (e *Edit[V]) Set(key string, v V) {
	if e.s.count >= perShard*chunkSize*len(e.s.chunks) {
		e.grow()
	}
	m := e.shard(key)
	if _, have := m[key]; !have {
		e.s.count++
	}
	m[key] = v
}

// Delete removes a key.
func (e *Edit[V]) Delete(key string) {
	if _, have := e.Get(key); have {
		delete(e.shard(key), key)
		e.s.count--
	}
}

// Done returns the result.
func (e *Edit[V]) Done() Shards[V] { return e.s }

// shard returns a key's map for writing.
func (e *Edit[V]) shard(key string) map[string]V {
	if e.own == nil {
		e.own = map[uint32]*[chunkSize]bool{}
		e.s.chunks = slices.Clone(e.s.chunks)
	}
	i := place(hash(key), len(e.s.chunks))
	c, own := e.s.chunks[i/chunkSize], e.own[i/chunkSize]
	if own == nil {
		own = new([chunkSize]bool)
		fresh := *c
		c = &fresh
		e.own[i/chunkSize], e.s.chunks[i/chunkSize] = own, c
	}
	if !own[i%chunkSize] {
		fresh := make(map[string]V, len(c[i%chunkSize])+1)
		maps.Copy(fresh, c[i%chunkSize])
		c[i%chunkSize], own[i%chunkSize] = fresh, true
	}
	return c[i%chunkSize]
}

// grow spreads the entries over four times as many maps, so that they stay small whatever the count.
func (e *Edit[V]) grow() {
	old := e.s.chunks
	e.s.chunks = make([]*chunk[V], max(1, 4*len(old)))
	e.own = make(map[uint32]*[chunkSize]bool, len(e.s.chunks))
	for i := range e.s.chunks {
		e.s.chunks[i], e.own[uint32(i)] = new(chunk[V]), new([chunkSize]bool)
	}
	for _, c := range old {
		for _, m := range c {
			for k, v := range m {
				e.shard(k)[k] = v
			}
		}
	}
}
