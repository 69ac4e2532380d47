package manifest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

var webKey = key(objects.KindService, "default", "web")

func TestABrokenFileKeepsItsLastGoodObjects(t *testing.T) {
	dir := t.TempDir()
	two := service + "---\n" + strings.Replace(service, "name: web", "name: two", 1)
	write(t, dir, "a.yaml", two)
	l := NewLoader([]string{dir}, nil, Limits{})
	first, _ := l.Load()
	none(t, first)

	broken := strings.Replace(service, "port: 80", "port: 81", 1) + "---\napiVersion: v1\n  kind: Service\n"
	write(t, dir, "a.yaml", broken)
	second, changed := l.Load()
	if !changed {
		t.Fatal("the change was not seen")
	}
	one(t, second, diag.ManifestSyntax)
	if d := one(t, second, diag.ManifestKept); d.Object.Name != "two" {
		t.Errorf("got %s", d)
	}
	if s := find[*corev1.Service](t, second, webKey); s.Spec.Ports[0].Port != 81 {
		t.Error("the good document of a broken file must be taken")
	}
	if d := second.Since(first); len(d.Put) != 1 || len(d.Deleted) != 0 {
		t.Errorf("the difference is %v", d)
	}
	if _, changed := l.Load(); changed {
		t.Error("a file that stays broken is no news")
	}

	write(t, dir, "a.yaml", service)
	third, _ := l.Load()
	none(t, third)
	if d := third.Since(second); len(d.Put) != 1 || len(d.Deleted) != 1 || d.Deleted[0].Name.Name != "two" {
		t.Errorf("the difference is %v", d)
	}
}

func TestAnUnreadableFileKeepsItsObjectsAndSoDoesAGoneOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.yaml")
	write(t, dir, "a.yaml", service)
	l := NewLoader([]string{path}, nil, Limits{FileBytes: 500})
	l.Load()
	write(t, dir, "a.yaml", service+strings.Repeat("#", 1000))
	grown, _ := l.Load()
	one(t, grown, diag.ManifestTooLarge)
	one(t, grown, diag.ManifestKept)
	find[*corev1.Service](t, grown, webKey)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	gone, changed := l.Load()
	if !changed {
		t.Error("that it is gone is news")
	}
	one(t, gone, diag.ManifestGone)
	find[*corev1.Service](t, gone, webKey)
}

func TestAFileThatIsBeingWrittenIsNotEmpty(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", service)
	l := NewLoader([]string{dir}, nil, Limits{})
	l.Load()
	write(t, dir, "a.yaml", "")
	if _, changed := l.Load(); changed {
		t.Error("a file that was emptied this moment is taken as empty")
	}
	old := time.Now().Add(-time.Second)
	if err := os.Chtimes(filepath.Join(dir, "a.yaml"), old, old); err != nil {
		t.Fatal(err)
	}
	empty, changed := l.Load()
	if !changed || len(empty.Objects) != 1 {
		t.Error("a file that stays empty is news, and loses nothing")
	}
	one(t, empty, diag.ManifestTruncated)
	write(t, dir, "a.yaml", "# nothing is to be served from here\n")
	if nothing, changed := l.Load(); !changed || len(nothing.Objects) != 0 {
		t.Error("a file with a comment alone says that nothing is to be served")
	}
}

func TestUnchangedObjectsKeepTheirPointers(t *testing.T) {
	dir := t.TempDir()
	nodePort := strings.Replace(service, "spec:", "spec:\n  type: NodePort", 1)
	write(t, dir, "a.yaml", nodePort+"---\n"+strings.Replace(service, "name: web", "name: two", 1))
	l := NewLoader([]string{dir}, nil, Limits{})
	first, _ := l.Load()
	write(t, dir, "a.yaml", "# moved by a line\n"+nodePort+"---\n"+strings.Replace(service, "name: web", "name: three", 1))
	second, _ := l.Load()
	if find[*corev1.Service](t, first, webKey) != find[*corev1.Service](t, second, webKey) {
		t.Error("an object that did not change was replaced")
	}
	if o, _ := second.Find(webKey); o.Origin.Line != 2 {
		t.Errorf("its place is line %d", o.Origin.Line)
	}
	if d := second.Since(first); len(d.Put) != 1 || len(d.Deleted) != 1 {
		t.Errorf("the difference is %v", d)
	}
}

func TestAChangeIsSeenWithinASecond(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	write(t, dir, "sub/a.yaml", service)
	outside := t.TempDir()
	write(t, outside, "b.yaml", strings.Replace(service, "name: web", "name: far", 1))
	if err := os.Symlink(filepath.Join(outside, "b.yaml"), filepath.Join(dir, "b.yaml")); err != nil {
		t.Skip("no symbolic links here")
	}
	l := NewLoader([]string{dir}, nil, Limits{})
	l.Load()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen, done := make(chan *Loaded, 16), make(chan struct{})
	go func() {
		defer close(done)
		Watch(ctx, l, WatchOptions{}, func(x *Loaded) { seen <- x })
	}()
	for _, change := range []struct {
		what, dir, file, content string
	}{
		{"a write", dir, "sub/a.yaml", strings.Replace(service, "port: 80", "port: 81", 1)},
		{"a new file in a new directory", dir, "new/deep/c.yaml", strings.Replace(service, "name: web", "name: c", 1)},
		{"a write behind a symbolic link", outside, "b.yaml", strings.Replace(service, "name: web", "name: far2", 1)},
	} {
		start := time.Now()
		write(t, change.dir, change.file, change.content)
		select {
		case <-seen:
			t.Logf("%s was seen after %v", change.what, time.Since(start).Round(time.Millisecond))
		case <-time.After(3 * time.Second): // more than a second only because test machines are busy
			t.Fatalf("%s was not seen", change.what)
		}
	}
	cancel()
	<-done
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(service))
	f.Add([]byte("--- {a: b}\n...\n%YAML 1.2\n---\n- &a [*a]\n"))
	f.Add([]byte("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: x\n    a: b\n"))
	f.Add([]byte("apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: x}\nspec: {rules: [{http: {paths: [{backend: {serviceName: a, servicePort: b}}]}}]}\n"))
	f.Add([]byte("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: '?'}}, 3]\n"))
	f.Add([]byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: \"80\"}], bogus[0].: {}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, _ := decodeFile("f", data, nil)
		lines := 1
		for _, lineBreak := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} { // all of YAML's
			lines += strings.Count(string(data), lineBreak)
		}
		for _, x := range d.diags {
			if x.Line < 0 || x.Line > lines+1 {
				t.Errorf("line %d of %d in %s", x.Line, lines, x)
			}
		}
		for _, o := range d.objects {
			if o.Value.GetName() == "" || o.Key.Name.Name != o.Value.GetName() {
				t.Errorf("an object without its name: %v", o.Key)
			}
		}
	})
}
