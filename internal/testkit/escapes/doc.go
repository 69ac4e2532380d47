// Package escapes reads how corpora of hostile input write bytes down in a line of text.
//
// In: a line of a corpus file.
// Out: the bytes that it stands for.
// Never imports: anything of ours; only tests import it.
// Start reading at: undo.go.
package escapes
