package manifest

import (
	"cmp"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// Diff is what changed from one load to the next.
type Diff struct {
	Put     []Object
	Deleted []objects.Key
}

// Empty says whether nothing changed.
func (d Diff) Empty() bool { return len(d.Put) == 0 && len(d.Deleted) == 0 }

// Since lists what is new, different or gone in l compared with last, by key; last may be nil.
func (l *Loaded) Since(last *Loaded) Diff {
	var d Diff
	for _, o := range l.Objects {
		if last != nil {
			if old, ok := last.byKey[o.Key]; ok && sameObject(*old, o) {
				continue
			}
		}
		d.Put = append(d.Put, o)
	}
	if last != nil {
		for _, o := range last.Objects {
			if _, ok := l.byKey[o.Key]; !ok {
				d.Deleted = append(d.Deleted, o.Key)
			}
		}
	}
	return d
}

func compareKeys(a, b objects.Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Name.Compare(b.Name))
}
