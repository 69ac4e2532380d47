package manifest

import (
	"path/filepath"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// What a source held stays in service when the source itself is gone or empty. Nobody takes a whole site down by moving a
// directory, and somebody who means to can say so in words that a file system does not say by accident: an unmounted
// volume, a checkout that stopped in the middle and a wrong rm all look like an intended removal of everything. A single
// file that goes from a directory is another matter: that is how one Ingress is taken away.

// missing keeps the files of a source that cannot be looked at.
func (l *listing) missing(source string, err error) {
	before := len(l.files)
	l.lose(source, err, func(f *listedFile) bool { return f.source == l.source })
	if len(l.files) > before {
		l.dirs = append(l.dirs, filepath.Dir(source)) // it will come back there
	}
}

// empty keeps the files of a directory in which there is none any more.
func (l *listing) empty(source string) {
	if n := l.keep(func(f *listedFile) bool { return f.source == l.source }); n > 0 {
		l.report(diag.ManifestEmptied, source, diag.A("count", n))
		return
	}
	l.report(diag.ManifestNone, source)
}

// lose reports a path that cannot be looked at and keeps the files that were found by it before.
func (l *listing) lose(path string, err error, of func(*listedFile) bool) {
	if n := l.keep(of); n > 0 {
		l.report(diag.ManifestGone, path, diag.A("reason", reasonOf(err)), diag.A("count", n))
		return
	}
	l.report(diag.ManifestUnreadable, path, diag.A("reason", reasonOf(err)))
}

// keep lists some of the known files as lost, where they are not listed by another name, and counts them.
func (l *listing) keep(which func(*listedFile) bool) int {
	n := 0
	for i := range l.known {
		f := l.known[i]
		if !which(&f) {
			continue
		}
		n++
		if !l.seen[f.real] {
			l.seen[f.real] = true
			f.lost = true
			l.files = append(l.files, f)
		}
	}
	return n
}
