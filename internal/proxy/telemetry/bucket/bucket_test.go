package bucket

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

var (
	node   = netip.MustParseAddr("10.1.0.5")
	access = Stream{
		Kind: Access, LoadBalancer: "app/demo/0123456789abcdef", Bucket: "my-logs", Prefix: "team/a", Account: "000000000000", Region: "eu-west-1",
	}
)

// files are the delivered files below a folder with their lines; spools and test files are left out.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".log.gz") || strings.Contains(p, spoolRoot) {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(z)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, p)
		out[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func begin(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFilesAreNamedAsTheServiceNamesThem(t *testing.T) {
	end := time.Date(2026, 3, 4, 5, 10, 0, 0, time.UTC)
	with := func(change func(*Stream)) Stream { s := access; change(&s); return s }
	const day = "AWSLogs/000000000000/elasticloadbalancing/eu-west-1/2026/03/04/"
	for want, s := range map[string]Stream{
		"my-logs/team/a/" + day + "000000000000_elasticloadbalancing_eu-west-1_app.demo.0123456789abcdef_20260304T0510Z_10.1.0.5_r.log.gz": access,
		"my-logs/" + day + "000000000000_elasticloadbalancing_eu-west-1_app.demo.0123456789abcdef_20260304T0510Z_10.1.0.5_r.log.gz": with(
			func(s *Stream) { s.Prefix = "" }),
		"my-logs/team/a/" + day + "conn_log.000000000000_elasticloadbalancing_eu-west-1_app.demo.0123456789abcdef_20260304T0510Z_10.1.0.5_r.log.gz": with(
			func(s *Stream) { s.Kind = Connection }),
		"my-logs/team/a/" + day + "health_check_log_000000000000_elasticloadbalancing_eu-west-1_app.demo.0123456789abcdef_20260304T0510Z_10.1.0.5_r.log.gz": with(
			func(s *Stream) { s.Kind = HealthCheck }),
		"my-logs/team/a/" + day + "000000000000_elasticloadbalancing_eu-west-1_net.demo.0123456789abcdef_20260304T0510Z_r.log.gz": with(
			func(s *Stream) { s.LoadBalancer = "net/demo/0123456789abcdef" }),
	} {
		if got := s.file(end, node, "r"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for want, kind := range map[string]Kind{
		"ELBAccessLogTestFile": Access, "ELBConnectionLogTestFile": Connection, "ELBHealthCheckLogTestFile": HealthCheck,
	} {
		s := with(func(s *Stream) { s.Kind = kind })
		if got := s.testFile(); got != "my-logs/team/a/AWSLogs/000000000000/"+want {
			t.Errorf("test file %s", got)
		}
	}
}

func TestAPeriodIsOneFileForEachNode(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, Options{Folder: folder})
		l := s.Log(access)
		l.Append(node, []byte("one\n"))
		l.Append(netip.MustParseAddr("2001:db8::5"), []byte("other\n"))
		time.Sleep(4 * time.Minute)
		l.Append(node, []byte("two\n"))
		time.Sleep(2 * time.Minute)
		l.Append(node, []byte("three\n"))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := os.Stat(filepath.Join(folder, "my-logs/team/a/AWSLogs/000000000000/ELBAccessLogTestFile")); err != nil {
			t.Errorf("the test file: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		l.Append(node, []byte("late\n"))
		if l.Dropped() != 1 || s.Dropped() != 1 {
			t.Errorf("%d lines dropped, want the one after the end", l.Dropped())
		}
	})
	got := map[string]string{}
	for name, text := range files(t, folder) {
		got[regexp.MustCompile(`_[0-9a-z]{8}\.log\.gz$`).ReplaceAllString(filepath.Base(name), "")] = text
	}
	const start = "000000000000_elasticloadbalancing_eu-west-1_app.demo.0123456789abcdef_20000101T"
	want := map[string]string{
		start + "0005Z_10.1.0.5": "one\ntwo\n", start + "0010Z_10.1.0.5": "three\n", start + "0005Z_2001.db8..5": "other\n",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if left, err := os.ReadDir(filepath.Join(folder, spoolRoot)); err != nil || len(left) != 0 {
		t.Errorf("the spool still holds %v (%v)", left, err)
	}
}

func TestWhatADeadProcessLeftIsDelivered(t *testing.T) {
	folder := t.TempDir()
	left := filepath.Join(folder, spoolRoot, "dead", filepath.FromSlash(access.file(time.Unix(300, 0), node, "r")))
	left = strings.TrimSuffix(left, ".gz")
	if err := os.MkdirAll(filepath.Dir(left), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("from before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	living := begin(t, Options{Folder: folder})
	living.Log(access).Append(node, []byte("alive\n"))
	second := begin(t, Options{Folder: folder}) // must leave the first one's spool alone
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if err := living.Close(); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, text := range files(t, folder) {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	if want := []string{"alive\n", "from before\n"}; !slices.Equal(texts, want) {
		t.Errorf("delivered %q, want %q", texts, want)
	}
}

func TestLinesWithoutRoomAreDroppedAndCounted(t *testing.T) {
	folder := t.TempDir()
	s := begin(t, Options{Folder: folder, Buffer: 10, Flush: time.Hour})
	l := s.Log(access)
	line := bytes.Repeat([]byte("x"), 20)
	for range 5 {
		l.Append(node, line)
	}
	if l.Dropped() != 5 || s.waiting.Load() != 0 {
		t.Errorf("%d dropped, %d bytes wait", l.Dropped(), s.waiting.Load())
	}
	tight := begin(t, Options{Folder: folder, Total: 10, Flush: time.Hour})
	m := tight.Log(access)
	m.Append(node, line)
	if m.Dropped() != 1 || tight.waiting.Load() != 0 {
		t.Errorf("%d dropped, %d bytes wait", m.Dropped(), tight.waiting.Load())
	}
}

func TestABrokenDiskIsToldOncePerPeriodAndHoldsNobodyUp(t *testing.T) {
	folder := t.TempDir()
	// A file stands where the bucket's folder should be, so that nothing can be written to it.
	if err := os.WriteFile(filepath.Join(folder, "my-logs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, Options{Folder: folder, Logger: slog.New(slog.NewTextHandler(&told, nil))})
		l := s.Log(access)
		for range 100 {
			l.Append(node, []byte("line\n"))
			time.Sleep(time.Minute)
		}
		if err := s.Close(); err != nil && !strings.Contains(err.Error(), "directory") {
			t.Fatal(err)
		}
	})
	if n := strings.Count(told.String(), "logs of a load balancer are lost"); n < 2 || n > 21 {
		t.Errorf("told %d times in 100 minutes:\n%s", n, told.String())
	}
}

func TestLargeFilesAreSplit(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, Options{Folder: folder, FileSize: 100})
		l := s.Log(access)
		for range 3 {
			l.Append(node, bytes.Repeat([]byte("0123456789abcde\n"), 10))
			time.Sleep(2 * time.Second)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
	if got := files(t, folder); len(got) != 3 {
		t.Errorf("%d files, want 3", len(got))
	}
}

func TestConcurrentLinesArriveWhole(t *testing.T) {
	folder := t.TempDir()
	s := begin(t, Options{Folder: folder, Flush: time.Millisecond})
	l := s.Log(access)
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			for j := range 500 {
				l.Append(node, fmt.Appendf(nil, "line %d %d\n", i, j))
			}
		})
	}
	work.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	n := uint64(0)
	for _, text := range files(t, folder) {
		for line := range strings.Lines(text) {
			n++
			if !regexp.MustCompile(`^line \d \d+\n$`).MatchString(line) {
				t.Fatalf("a torn line: %q", line)
			}
		}
	}
	if n+l.Dropped() != 2000 || n == 0 {
		t.Errorf("%d lines and %d dropped of 2000", n, l.Dropped())
	}
}

func BenchmarkAppend(b *testing.B) {
	s, err := Open(Options{Folder: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	l := s.Log(access)
	line := append(bytes.Repeat([]byte("x"), 399), '\n')
	b.ReportAllocs()
	for b.Loop() {
		l.Append(node, line)
	}
	b.ReportMetric(float64(l.Dropped())/float64(b.N), "dropped/op")
	b.StopTimer()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
