package main

import "testing"

func TestQuantilesAreLengthsOfFiles(t *testing.T) {
	lengths := []int{50, 10, 20, 30, 40}
	for percent, want := range map[int]int{50: 30, 90: 50, 1: 10, 100: 50} {
		if got := quantile(lengths, percent); got != want {
			t.Errorf("%d %%: got %d, want %d", percent, got, want)
		}
	}
	if got := quantile(nil, 50); got != 0 {
		t.Errorf("no files: got %d", got)
	}
}

func TestFunctionsAndLinesAreCounted(t *testing.T) {
	f, err := count("a/b/c_test.go", []byte("package b\n\nfunc one() {\n\tone()\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f.room != "a/b" || !f.test || f.lines != 5 || len(f.functions) != 1 || f.functions[0] != (function{"one", 3}) {
		t.Errorf("got %+v", f)
	}
}
