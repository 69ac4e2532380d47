package sticky

import (
	"encoding/binary"
	"time"
)

// What cookies hold, before it is sealed: a version and entries, newest first. Several groups may keep sessions of one
// client, since cookies know no paths; each finds its own entry and leaves the others as they are.
const (
	version    = 1
	entrySize  = 8 + 8 + 4 + 4
	maxEntries = 8
	// maxSealed is the longest value that is looked at: more than maxEntries make.
	maxSealed = 512
)

// entry says where a client stays: with a target of a group, or with a group when target is 0.
type entry struct {
	group, target uint64
	// issued is when it was set, in seconds since 1970; it is good for lasts seconds.
	issued, lasts uint32
}

func appendEntry(b []byte, e entry) []byte {
	b = binary.BigEndian.AppendUint64(b, e.group)
	b = binary.BigEndian.AppendUint64(b, e.target)
	b = binary.BigEndian.AppendUint32(b, e.issued)
	return binary.BigEndian.AppendUint32(b, e.lasts)
}

func readEntry(b []byte) entry {
	return entry{
		group: binary.BigEndian.Uint64(b), target: binary.BigEndian.Uint64(b[8:]),
		issued: binary.BigEndian.Uint32(b[16:]), lasts: binary.BigEndian.Uint32(b[20:]),
	}
}

// holds says whether the entry is still good. One from the future is: clocks of replicas differ.
func (e entry) holds(now int64) bool { return now < int64(e.issued)+int64(e.lasts) }

// entriesOf checks an opened value and returns its entries; false when it is none of ours.
func entriesOf(plain []byte) ([]byte, bool) {
	if len(plain) < 1+entrySize || plain[0] != version || (len(plain)-1)%entrySize != 0 || len(plain) > 1+maxEntries*entrySize {
		return nil, false
	}
	return plain[1:], true
}

// pick finds the first entry that is good and that want accepts in a list, and returns the others that are good and not of
// the same kind too.
func pick(list []byte, now int64, want func(entry) bool) (found entry, others []byte) {
	for ; len(list) >= entrySize; list = list[entrySize:] {
		e := readEntry(list)
		switch {
		case !e.holds(now):
		case !want(e):
			others = append(others, list[:entrySize]...)
		case found == entry{}:
			found = e
		}
	}
	return found, others
}

// plainOf is a value before it is sealed.
func plainOf(b []byte, e entry, others []byte) []byte {
	b = append(b, version)
	b = appendEntry(b, e)
	return append(b, others[:min(len(others), (maxEntries-1)*entrySize)]...)
}

// secondsOf bounds a duration to what ELB allows, 1 second to 7 days.
func secondsOf(d time.Duration) uint32 {
	return uint32(min(max(d, time.Second), week) / time.Second)
}

// week is how long browsers keep the cookies, whatever the duration in their values: ELB sets Expires so.
const week = 7 * 24 * time.Hour
