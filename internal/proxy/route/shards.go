package route

import "slices"

// Shards is an immutable map from text that is cheap to change: an Edit copies only the shards it touches. The zero value
// is empty and ready.
type Shards[V any] struct {
	// shards has a power of two of maps, or none at all.
	shards []map[string]V
	count  int
}

// perShard is how many entries a shard holds on average before there are more shards.
const perShard = 16

// Len counts the entries.
func (s Shards[V]) Len() int { return s.count }

// Get returns the value of a key.
func (s Shards[V]) Get(key string) (V, bool) {
	if s.count == 0 {
		var none V
		return none, false
	}
	v, ok := s.shards[hash(key)&uint32(len(s.shards)-1)][key]
	return v, ok
}

// Find returns the value of a key that is given as bytes, without allocating.
func (s Shards[V]) Find(key []byte) (V, bool) {
	if s.count == 0 {
		var none V
		return none, false
	}
	v, ok := s.shards[hash(key)&uint32(len(s.shards)-1)][string(key)]
	return v, ok
}

// Keys lists the keys, sorted.
func (s Shards[V]) Keys() []string {
	keys := make([]string, 0, s.count)
	for _, m := range s.shards {
		for k := range m {
			keys = append(keys, k)
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
	// own tells the shards that belong to this edit; nil while nothing has changed.
	own []bool
}

// Edit starts a change; s stays as it is.
func (s Shards[V]) Edit() *Edit[V] { return &Edit[V]{s: s} }

// Get sees the changes made so far.
func (e *Edit[V]) Get(key string) (V, bool) { return e.s.Get(key) }

// Set gives a key a value.
func (e *Edit[V]) Set(key string, v V) {
	if e.s.count >= perShard*len(e.s.shards) {
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

// shard returns a key's shard for writing.
func (e *Edit[V]) shard(key string) map[string]V {
	if e.own == nil {
		e.own = make([]bool, len(e.s.shards))
		e.s.shards = slices.Clone(e.s.shards)
	}
	i := hash(key) & uint32(len(e.s.shards)-1)
	if !e.own[i] {
		fresh := make(map[string]V, len(e.s.shards[i])+1)
		for k, v := range e.s.shards[i] {
			fresh[k] = v
		}
		e.s.shards[i], e.own[i] = fresh, true
	}
	return e.s.shards[i]
}

// grow spreads the entries over four times as many shards, so that a shard stays small whatever the count.
func (e *Edit[V]) grow() {
	old := e.s.shards
	e.s.shards = make([]map[string]V, max(1, 4*len(old)))
	e.own = make([]bool, len(e.s.shards))
	for _, m := range old {
		for k, v := range m {
			e.shard(k)[k] = v
		}
	}
}
