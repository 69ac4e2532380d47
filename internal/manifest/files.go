package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// Limits keep a wrong path ("-f /") from eating the machine.
type Limits struct {
	// FileBytes is the size of the largest file that is read; 16 MiB when 0.
	FileBytes int64
	// Files is the largest number of files; 20,000 when 0.
	Files int
}

func (l Limits) fileBytes() int64 {
	if l.FileBytes > 0 {
		return l.FileBytes
	}
	return 16 << 20
}

func (l Limits) files() int {
	if l.Files > 0 {
		return l.Files
	}
	return 20_000
}

// Stdin is the source that stands for standard input.
const Stdin = "-"

var extensions = []string{".yaml", ".yml", ".json"}

// listing is what the sources stand for at one moment.
type listing struct {
	// files are in the order in which they are read: sources as given, the files of a directory by path.
	files []listedFile
	// dirs are the directories to watch.
	dirs  []string
	diags []diag.Diagnostic
	seen  map[string]bool
	// met counts the files met, those listed before too.
	met   int
	limit int
	// known are the files of the listing before, and source the place of the source that is being listed.
	known  []listedFile
	source int
}

type listedFile struct {
	// path is how the file is shown; real is the file behind symbolic links, which is read once.
	path, real string
	stamp      stamp
	// pipe says that it is read once, as standard input is: what a pipe held is gone with the first reading.
	pipe bool
	// source is the place of the source that it was found by.
	source int
	// lost says that it cannot be looked at any more, and that what it held before stays.
	lost bool
}

// stamp tells whether a file has changed without reading it.
type stamp struct {
	size     int64
	modified time.Time
}

// list finds the files of all sources. Symbolic links are followed, names that begin with a dot are passed over in
// directories (that is where mounted ConfigMaps keep their real files), and no file is listed twice. known are the files
// of the listing before: those that a source cannot show any more are listed as lost.
func list(sources []string, limit int, known []listedFile) *listing {
	l := &listing{seen: map[string]bool{}, limit: limit, known: known}
	for i, source := range sources {
		if source == Stdin {
			continue
		}
		l.source = i
		info, err := os.Stat(source)
		if err != nil {
			l.missing(source, err)
			continue
		}
		if !info.IsDir() {
			l.dirs = append(l.dirs, filepath.Dir(source))
			l.file(source, info, true)
			continue
		}
		before := l.met
		l.dir(source, nil)
		if l.met == before {
			l.empty(source)
		}
	}
	slices.Sort(l.dirs)
	l.dirs = slices.Compact(l.dirs)
	return l
}

func (l *listing) report(m diag.Message, path string, args ...diag.Arg) {
	d := diag.New(m, fileObject(path), "", args...)
	d.File = path
	l.diags = append(l.diags, d)
}

// unreadable reports a path that cannot be looked at, and keeps the files that were found at it or below it before.
func (l *listing) unreadable(path string, err error) {
	l.lose(path, err, func(f *listedFile) bool {
		return f.path == path || strings.HasPrefix(f.path, path+string(filepath.Separator))
	})
}

// reasonOf is the error without the path, which the message names already.
func reasonOf(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// dir lists a directory and those below it. above are the real paths of the directories around it: a link back to one
// of them is not followed.
func (l *listing) dir(path string, above []string) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		l.unreadable(path, err)
		return
	}
	if slices.Contains(above, real) {
		return
	}
	l.dirs = append(l.dirs, path)
	entries, err := os.ReadDir(path)
	if err != nil {
		l.unreadable(path, err)
		return
	}
	above = append(slices.Clip(above), real)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		full := filepath.Join(path, e.Name())
		wanted := slices.Contains(extensions, strings.ToLower(filepath.Ext(full)))
		if !wanted && !e.IsDir() && e.Type()&fs.ModeSymlink == 0 {
			continue
		}
		info, err := os.Stat(full)
		switch {
		case err != nil && errors.Is(err, fs.ErrNotExist) && e.Type()&fs.ModeSymlink == 0:
			// Gone between the two calls.
		case err != nil && (wanted || !errors.Is(err, fs.ErrNotExist)):
			l.unreadable(full, err)
		case err != nil:
		case info.IsDir():
			l.dir(full, above)
		case wanted:
			l.file(full, info, false)
		}
	}
}

// file lists one file. A pipe is one only where the user names it, as with -f <(command): opening one that happens to lie
// in a directory would wait for a writer for ever.
func (l *listing) file(path string, info fs.FileInfo, named bool) {
	l.met++
	if len(l.files) >= l.limit {
		if len(l.files) == l.limit && !l.seen[""] {
			l.seen[""] = true
			l.report(diag.ManifestTooMany, filepath.Dir(path), diag.A("limit", l.limit))
		}
		return
	}
	pipe := named && info.Mode()&fs.ModeNamedPipe != 0
	if !info.Mode().IsRegular() && !pipe {
		l.unreadable(path, errors.New("not a regular file"))
		return
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	if real, err = filepath.Abs(real); err != nil {
		return
	}
	found := listedFile{path: path, real: real, stamp: stamp{info.Size(), info.ModTime()}, pipe: pipe, source: l.source}
	if l.seen[real] {
		// It counts as lost where one of its names is gone: here is another.
		if i := slices.IndexFunc(l.files, func(f listedFile) bool { return f.lost && f.real == real }); i >= 0 {
			l.files[i] = found
		}
		return
	}
	l.seen[real] = true
	l.files = append(l.files, found)
}

var errTooLarge = errors.New("file is too large")

// readFile reads at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, limit)
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, errTooLarge
	}
	return data, nil
}

func sizeText(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// Files lists the files behind sources in the order in which they are read, for those who read them by themselves.
func Files(sources []string, limits Limits) []string {
	var out []string
	for _, f := range list(sources, limits.files(), nil).files {
		out = append(out, f.real)
	}
	return out
}
