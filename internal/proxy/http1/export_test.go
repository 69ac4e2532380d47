package http1

import "testing"

// RequestCorpus hands the request corpus to the test that sends it to a whole proxy.
func RequestCorpus(t testing.TB) (titles []string, inputs [][]byte) {
	for _, c := range readCorpus(t, "testdata/requests/*.txt") {
		titles = append(titles, c.file+"/"+c.title)
		inputs = append(inputs, c.input)
	}
	return titles, inputs
}
