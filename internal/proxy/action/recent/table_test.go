package recent

import (
	"strconv"
	"sync"
	"testing"
)

func TestATableRemembersAndIsNeverTooLarge(t *testing.T) {
	var table Table[int]
	if _, ok := table.Get(KeyOf("a")); ok {
		t.Error("an empty table remembers")
	}
	table.Put(KeyOf("a"), 1)
	table.Put(KeyOf("a"), 2)
	if v, ok := table.Get(KeyOf("a")); v != 2 || !ok || table.Len() != 1 {
		t.Errorf("%d, %v, %d", v, ok, table.Len())
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 2 * Size {
				k := KeyOf(strconv.Itoa(g), strconv.Itoa(i))
				table.Put(k, i)
				if v, ok := table.Get(k); ok && v != i {
					t.Errorf("%d is remembered as %d", i, v)
				}
			}
		})
	}
	wg.Wait()
	if n := table.Len(); n > Size || n < Size/2 {
		t.Errorf("%d values are remembered", n)
	}
}

func TestKeysTellTextsApart(t *testing.T) {
	if KeyOf("ab", "c") == KeyOf("a", "bc") || KeyOf("a") == KeyOf("a", "") || KeyOf() == KeyOf("") {
		t.Error("different texts have the same key")
	}
}
