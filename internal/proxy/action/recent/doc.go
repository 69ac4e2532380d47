// Package recent remembers what was worked out a moment ago, for at most a fixed number of things.
//
// In: fingerprints and what belongs to them.
// Out: the same again, while it is remembered.
// Never imports: anything of ours.
// Start reading at: table.go.
package recent
