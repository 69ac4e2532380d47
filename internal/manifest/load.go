package manifest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Loader reads the same sources again and again and remembers what it has read, so that a load costs what has changed.
// It is not safe for concurrent use.
type Loader struct {
	sources []string
	limits  Limits
	stdin   io.Reader
	files   map[string]*file
	last    *Loaded
	// listed and trouble are what the sources stood for at the last load, and what was wrong with them.
	listed  []listedFile
	trouble []diag.Diagnostic
	// ports keeps the node ports that were given, so that they do not change while the process lives.
	ports map[nodePortOwner]int32
}

// file is what is remembered of one file, by its real path.
type file struct {
	path  string
	stamp stamp
	// read is when the stamp was taken: a file changed just before may change again without a new stamp.
	read    time.Time
	sum     [sha256.Size]byte
	objects []Object
	diags   []diag.Diagnostic
	// kept are objects of earlier loads that a broken document may stand for.
	kept []Object
	// documents are the file's, by their text, decoded under the name decodedAs.
	documents map[fingerprint]*decoded
	decodedAs string
}

// Loaded is what the sources hold at one moment. It never changes.
type Loaded struct {
	// Objects are all objects, by key.
	Objects     []Object
	Diagnostics []diag.Diagnostic
	byKey       map[objects.Key]*Object
	dirs        []string
	// Files counts the files that were read.
	Files int
}

// NewLoader makes a loader of files, directories and Stdin. stdin is read once, at the first load.
func NewLoader(sources []string, stdin io.Reader, limits Limits) *Loader {
	return &Loader{sources: sources, limits: limits, stdin: stdin, files: map[string]*file{}, ports: map[nodePortOwner]int32{}}
}

// Load reads what has changed since the last load. changed is false when nothing has: the Loaded is then the last one.
func (l *Loader) Load() (loaded *Loaded, changed bool) {
	found := list(l.sources, l.limits.files(), l.listed)
	l.listed = found.files
	now := time.Now()
	var order []*file
	present := map[string]bool{}
	changed = l.last == nil || !reflect.DeepEqual(l.last.dirs, found.dirs)
	for _, source := range l.sources {
		if source == Stdin && !present[Stdin] {
			present[Stdin] = true
			order = append(order, l.readStdin())
		}
	}
	for _, entry := range found.files {
		present[entry.real] = true
		f, fresh := l.refresh(entry, now)
		order = append(order, f)
		changed = changed || fresh
	}
	for real := range l.files {
		if !present[real] {
			delete(l.files, real)
			changed = true
		}
	}
	if !changed && slices.Equal(found.diags, l.trouble) {
		return l.last, false
	}
	l.trouble = found.diags
	l.last = l.assemble(order, found)
	return l.last, true
}

func (l *Loader) readStdin() *file {
	f := l.files[Stdin]
	if f == nil {
		f = &file{path: "standard input"}
		l.files[Stdin] = f
		data, err := readAll(l.stdin, l.limits.fileBytes())
		l.take(f, data, err)
	}
	return f
}

// beingWritten is how long a file that was emptied is taken as one that is about to be written. Many programs empty a
// file before they write it, and what it held must not go out of service for that moment.
const beingWritten = 300 * time.Millisecond

// refresh reads a file when its stamp is new, or so young that the next change may leave it as it is.
func (l *Loader) refresh(entry listedFile, now time.Time) (f *file, fresh bool) {
	const racy = 2 * time.Second
	f = l.files[entry.real]
	if f != nil && (entry.pipe || entry.lost) {
		return f, false
	}
	if f != nil && f.path == entry.path && f.stamp == entry.stamp && f.read.Sub(f.stamp.modified) > racy {
		return f, false
	}
	data, err := readFile(entry.path, l.limits.fileBytes())
	sum := sha256.Sum256(data)
	if err == nil && f != nil && f.path == entry.path && f.sum == sum {
		f.stamp, f.read = entry.stamp, now
		return f, false
	}
	if f != nil && err == nil && len(data) == 0 && len(f.objects) > 0 && now.Sub(entry.stamp.modified) < beingWritten {
		return f, false // emptied to be written anew, most likely; the next load will see
	}
	if f == nil {
		f = &file{}
		l.files[entry.real] = f
	}
	f.path, f.stamp, f.read, f.sum = entry.path, entry.stamp, now, sum
	before := slices.Clone(f.diags)
	l.take(f, data, err)
	// A file that stays unreadable is no news.
	return f, err == nil || !slices.Equal(before, f.diags)
}

// take replaces what is remembered of a file. When something in it is broken, objects that the file held before and that
// are missing now are kept: the broken document may be theirs.
func (l *Loader) take(f *file, data []byte, err error) {
	before := slices.Concat(f.objects, f.kept)
	if err != nil {
		d := diag.New(diag.ManifestUnreadable, fileObject(f.path), "", diag.A("reason", reasonOf(err)))
		if errors.Is(err, errTooLarge) {
			d = diag.New(diag.ManifestTooLarge, fileObject(f.path), "", diag.A("limit", sizeText(l.limits.fileBytes())))
		}
		d.File = f.path
		f.objects, f.kept, f.diags = nil, before, []diag.Diagnostic{d}
		return
	}
	if len(before) > 0 && len(bytes.TrimSpace(data)) == 0 {
		// A full disk leaves such files, and nobody removes an Ingress like this on purpose.
		d := diag.New(diag.ManifestTruncated, fileObject(f.path), "")
		d.File = f.path
		f.objects, f.kept, f.documents, f.diags = nil, before, nil, []diag.Diagnostic{d}
		return
	}
	if f.path != f.decodedAs {
		f.documents = nil // what was reported names the file
	}
	d, documents := decodeFile(f.path, data, f.documents)
	f.documents, f.decodedAs = documents, f.path
	f.objects, f.kept, f.diags = d.objects, nil, d.diags
	if len(d.objects) == 0 && len(d.diags) == 0 && len(bytes.TrimSpace(data)) > 0 {
		none := diag.New(diag.ManifestNone, fileObject(f.path), "")
		none.File = f.path
		f.diags = append(f.diags, none)
	}
	if !d.broken {
		return
	}
	for _, o := range before {
		if !slices.ContainsFunc(f.objects, func(n Object) bool { return n.Key == o.Key }) {
			f.kept = append(f.kept, o)
		}
	}
}

// assemble joins the files: later definitions of an object take the place of earlier ones, as with kubectl apply. What
// an API server does over several objects follows.
func (l *Loader) assemble(order []*file, found *listing) *Loaded {
	out := &Loaded{byKey: map[objects.Key]*Object{}, dirs: found.dirs, Files: len(order)}
	var c diag.Collector
	c.Append(found.diags...)
	winners := map[objects.Key]Object{}
	for _, f := range order {
		c.Append(f.diags...)
		for _, o := range f.objects {
			if earlier, ok := winners[o.Key]; ok && !sameObject(earlier, o) {
				d := diag.New(diag.ManifestDuplicate, o.Key.Object(), "", diag.A("other", place(o.Origin)))
				d.File, d.Line = earlier.Origin.File, earlier.Origin.Line
				c.Append(d)
			}
			winners[o.Key] = o
		}
	}
	for _, f := range order {
		for _, o := range f.kept {
			if _, ok := winners[o.Key]; ok {
				continue
			}
			winners[o.Key] = o
			d := diag.New(diag.ManifestKept, o.Key.Object(), "")
			d.File, d.Line = o.Origin.File, o.Origin.Line
			c.Append(d)
		}
	}
	for _, o := range winners {
		out.Objects = append(out.Objects, o)
	}
	slices.SortFunc(out.Objects, func(a, b Object) int { return compareKeys(a.Key, b.Key) })
	l.admit(out.Objects, &c)
	for i := range out.Objects {
		out.byKey[out.Objects[i].Key] = &out.Objects[i]
	}
	out.reuse(l.last)
	out.Diagnostics = c.Sorted()
	return out
}

// reuse takes over the values of objects that are as they were, so that a comparison of pointers finds what changed.
func (l *Loaded) reuse(last *Loaded) {
	if last == nil {
		return
	}
	for i := range l.Objects {
		o := &l.Objects[i]
		if old := last.byKey[o.Key]; old != nil && sameObject(*old, *o) {
			o.Value = old.Value
		}
	}
}

func sameObject(a, b Object) bool { return a.Value == b.Value || reflect.DeepEqual(a.Value, b.Value) }

func place(o Origin) string {
	if o.Line == 0 {
		return o.File
	}
	return o.File + ":" + strconv.Itoa(o.Line)
}

// Find finds an object; false when there is none.
func (l *Loaded) Find(k objects.Key) (Object, bool) {
	o, ok := l.byKey[k]
	if !ok {
		return Object{}, false
	}
	return *o, true
}

// Locate fills in file and line of diagnostics about objects that were read from files.
func (l *Loaded) Locate(ds []diag.Diagnostic) []diag.Diagnostic {
	out := slices.Clone(ds)
	for i := range out {
		d := &out[i]
		k := objects.Key{Kind: objects.Kind(d.Object.Kind), Name: objects.Name{Namespace: d.Object.Namespace, Name: d.Object.Name}}
		if o, ok := l.byKey[k]; ok && d.File == "" {
			d.File, d.Line = o.Origin.File, o.Origin.LineOf(d.Field)
		}
	}
	return out
}
