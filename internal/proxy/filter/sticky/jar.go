package sticky

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Purposes of keys. What one kind of cookie holds is no value of another.
const (
	purposeTarget      = "sticky-target"
	purposeApplication = "sticky-application"
	purposeGroup       = "sticky-group"
)

// Jar seals and opens cookies for all rules of a proxy. It keeps the values that it made and opened of late: responses of
// one target within one second carry the same one, so that neither costs much where there is much to do. It holds nothing
// that matters: what it forgets is sealed and opened again.
type Jar struct {
	target, application, group *keyring.Sealer
	made                       [jarSize]atomic.Pointer[made]
	opened                     [jarSize]atomic.Pointer[opened]
}

// jarSize is how many values are kept; a power of two.
const jarSize = 1024

// made is a sealed value with the Expires that goes with it. It never changes.
type made struct {
	box            *keyring.Box
	entry          entry
	value, expires []byte
}

// opened is a value with what it holds. It never changes.
type opened struct {
	box           *keyring.Box
	text, entries []byte
}

// NewJar makes a Jar over the keys, nil for nil.
func NewJar(keys *keyring.Keeper) *Jar {
	if keys == nil {
		return nil
	}
	return &Jar{
		target: keys.Sealer(purposeTarget), application: keys.Sealer(purposeApplication), group: keys.Sealer(purposeGroup),
	}
}

// seal returns the value for an entry beside others that are to be kept.
func (j *Jar) seal(box *keyring.Box, e entry, others []byte) *made {
	if len(others) > 0 {
		return newMade(box, e, others)
	}
	slot := &j.made[(e.group^e.target)%jarSize]
	if m := slot.Load(); m != nil && m.entry == e && m.box == box {
		return m
	}
	m := newMade(box, e, nil)
	slot.Store(m)
	return m
}

func newMade(box *keyring.Box, e entry, others []byte) *made {
	plain := plainOf(make([]byte, 0, 1+maxEntries*entrySize), e, others)
	return &made{box: box, entry: e, value: box.Seal(nil, plain, keyring.Nonce()), expires: expiresAt(int64(e.issued))}
}

// open returns the entries of the first of several cookies that can be opened, which are not to be changed; there says
// whether any of them came.
func (j *Jar) open(x *exchange.Exchange, box *keyring.Box, names ...string) (entries []byte, there bool) {
	for _, name := range names {
		text, ok := Cookie(&x.Request.Header, name)
		if !ok {
			continue
		}
		there = true
		if entries = j.read(box, text); entries != nil {
			return entries, true
		}
	}
	return nil, there
}

// read returns the entries of a value, nil when it cannot be opened.
func (j *Jar) read(box *keyring.Box, text []byte) []byte {
	if len(text) < 8 || len(text) > maxSealed {
		return nil
	}
	// Values begin with a nonce.
	slot := &j.opened[binary.LittleEndian.Uint64(text)%jarSize]
	if o := slot.Load(); o != nil && o.box == box && subtle.ConstantTimeCompare(o.text, text) == 1 {
		return o.entries
	}
	plain, err := box.Open(nil, text)
	if err != nil {
		return nil
	}
	entries, ok := entriesOf(plain)
	if !ok {
		return nil
	}
	slot.Store(&opened{box, bytes.Clone(text), entries})
	return entries
}
