package arch

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// row is one line of the import table.
type row struct {
	level   int
	room    string
	ours    []string
	outside []string
	because string
}

func importTable(t *testing.T) []row {
	t.Helper()
	var out []row
	for _, cells := range table(t, "imports") {
		if len(cells) != 5 {
			t.Fatalf("want five cells: %v", cells)
		}
		level, err := strconv.Atoi(cells[0])
		if err != nil || cells[4] == "" {
			t.Fatalf("want a level and a reason: %v", cells)
		}
		out = append(out, row{level, cells[1], list(cells[2]), list(cells[3]), cells[4]})
	}
	return out
}

// rowOf finds the row for a room: its own one, else the longest pattern that covers it.
func rowOf(rows []row, room string) (row, bool) {
	best, found := row{}, false
	for _, r := range rows {
		if r.room == room {
			return r, true
		}
		if covers(r.room, room) && len(r.room) >= len(best.room) {
			best, found = r, true
		}
	}
	return best, found
}

func TestRoomsImportWhatTheTableAllows(t *testing.T) {
	rows := importTable(t)
	for _, p := range ourPackages(t) {
		r, ok := rowOf(rows, p.Room)
		if !ok {
			t.Errorf("%s has no row in the table of ARCHITECTURE.md: say what it may import, and why", p.Room)
			continue
		}
		for _, problem := range r.problems(p, rows) {
			t.Error(problem)
		}
	}
}

// problems lists the imports of p that its row does not allow.
func (r row) problems(p pkg, rows []row) []string {
	var out []string
	for _, i := range p.Imports {
		room, ours := strings.CutPrefix(i, module+"/")
		switch {
		case isStandard(i):
		case ours:
			if !slices.ContainsFunc(r.ours, func(pattern string) bool { return covers(pattern, room) }) {
				out = append(out, p.Room+" must not import "+room+": "+r.because)
			} else if to, ok := rowOf(rows, room); ok && to.level > r.level {
				out = append(out, p.Room+" is on level "+strconv.Itoa(r.level)+" and must not import "+room+" on level "+strconv.Itoa(to.level))
			}
		case !slices.ContainsFunc(r.outside, func(pattern string) bool { return covers(pattern+"/...", i) || pattern == "everything" }):
			out = append(out, p.Room+" must not import "+i+": "+r.because)
		}
	}
	return out
}

func TestTheTableHoldsNoRoomThatIsGone(t *testing.T) {
	all := ourPackages(t)
	for _, r := range importTable(t) {
		if !slices.ContainsFunc(all, func(p pkg) bool { return covers(r.room, p.Room) }) {
			t.Errorf("no package is covered by the row %s: remove it from ARCHITECTURE.md", r.room)
		}
	}
}

// What a row allows and nobody uses is a door that somebody will walk through: the table says what is, not what might be.
func TestTheTableAllowsNothingThatIsNotUsed(t *testing.T) {
	rows := importTable(t)
	used := map[string]map[string]bool{}
	for _, p := range ourPackages(t) {
		r, ok := rowOf(rows, p.Room)
		if !ok {
			continue
		}
		if used[r.room] == nil {
			used[r.room] = map[string]bool{}
		}
		for _, pattern := range slices.Concat(r.ours, r.outside) {
			for _, i := range p.Imports {
				if pattern == "everything" || covers(pattern, strings.TrimPrefix(i, module+"/")) || covers(pattern+"/...", i) {
					used[r.room][pattern] = true
				}
			}
		}
	}
	for _, r := range rows {
		for _, pattern := range slices.Concat(r.ours, r.outside) {
			if pattern != "everything" && !used[r.room][pattern] {
				t.Errorf("the row of %s allows %s, which nothing there imports: remove it from ARCHITECTURE.md", r.room, pattern)
			}
		}
	}
}

func TestRoomsReachOnlyWhatTheyMay(t *testing.T) {
	for _, cells := range table(t, "reach") {
		if len(cells) != 3 || cells[2] == "" {
			t.Fatalf("want a room, what it never reaches and a reason: %v", cells)
		}
		for _, p := range ourPackages(t) {
			if !covers(cells[0], p.Room) || cells[0] == "internal/..." && strings.HasPrefix(p.Room, "internal/testkit") {
				continue
			}
			for _, problem := range reached(p, list(cells[1]), cells[2]) {
				t.Error(problem)
			}
		}
	}
}

// reached lists what p reaches although it must not.
func reached(p pkg, never []string, because string) []string {
	var out []string
	for _, d := range p.Deps {
		for _, n := range never {
			room, ours := strings.CutPrefix(d, module+"/")
			if covers(n+"/...", room) && ours == strings.HasPrefix(n, "internal") {
				out = append(out, p.Room+" must not reach "+d+": "+because)
			}
		}
	}
	return out
}

func TestAWrongImportIsFound(t *testing.T) {
	rows := []row{
		{level: 0, room: "internal/a", because: "it stands alone"},
		{level: 3, room: "internal/b/...", ours: []string{"everything"}, outside: []string{"k8s.io/api"}, because: "of files"},
	}
	for _, c := range []struct {
		name string
		p    pkg
		want string
	}{
		{"a room that is not listed", pkg{Room: "internal/a", Imports: []string{module + "/internal/b"}}, "internal/a must not import internal/b: it stands alone"},
		{"a module that is not listed", pkg{Room: "internal/b/c", Imports: []string{"k8s.io/apimachinery/pkg/types"}}, "internal/b/c must not import k8s.io/apimachinery/pkg/types: of files"},
		{"what is listed", pkg{Room: "internal/b/c", Imports: []string{"fmt", "k8s.io/api/core/v1", module + "/internal/a"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := rowOf(rows, c.p.Room)
			if got := strings.Join(r.problems(c.p, rows), "\n"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	up := row{level: 0, room: "internal/a", ours: []string{"internal/b"}}
	if got := up.problems(pkg{Room: "internal/a", Imports: []string{module + "/internal/b"}}, rows); len(got) != 1 {
		t.Errorf("an import of a higher level went unnoticed: %v", got)
	}
	if got := reached(pkg{Room: "a", Deps: []string{"k8s.io/api/core/v1", "fmt"}}, []string{"k8s.io"}, "x"); len(got) != 1 {
		t.Errorf("a distant import went unnoticed: %v", got)
	}
}
