package arch

import (
	"os"
	"strings"
	"testing"
)

const (
	module = "github.com/gwanmun/gwanmun"
	root   = "../.."
)

// table reads the rows of a marked table of ARCHITECTURE.md, without backticks and without the two heading lines.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	page, err := os.ReadFile(root + "/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "<!-- table: "+name+" -->\n")
	if !ok {
		t.Fatalf("ARCHITECTURE.md lacks the table %q", name)
	}
	body, _, ok := strings.Cut(rest, "<!-- end -->")
	if !ok {
		t.Fatalf("the table %q does not end", name)
	}
	var rows [][]string
	for i, line := range strings.Split(strings.TrimSpace(body), "\n") {
		if i < 2 {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(strings.ReplaceAll(cells[j], "`", ""))
		}
		rows = append(rows, cells)
	}
	return rows
}

// list splits a cell; "nothing" is empty.
func list(cell string) []string {
	if cell == "nothing" || cell == "" {
		return nil
	}
	out := strings.Split(cell, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// covers says whether a pattern of the page holds for a path: "everything", the path itself, or "a/..." for a and all
// inside it.
func covers(pattern, path string) bool {
	if inside, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == inside || strings.HasPrefix(path, inside+"/")
	}
	return pattern == "everything" || pattern == path
}

// exception finds whether the page excuses something; used marks the row.
type exceptions struct {
	rows [][]string
	used []bool
}

func readExceptions(t *testing.T) *exceptions {
	rows := table(t, "exceptions")
	for _, r := range rows {
		if len(r) != 3 || r[2] == "" {
			t.Errorf("an exception needs a place, a thing and a reason: %v", r)
		}
	}
	return &exceptions{rows, make([]bool, len(rows))}
}

func (e *exceptions) excuse(where, what string) bool {
	for i, r := range e.rows {
		if r[0] == where && r[1] == what {
			e.used[i] = true
			return true
		}
	}
	return false
}
