//go:build race

package listen

// raced says that the race detector is on: it makes pools forget on purpose, so allocations mean nothing.
const raced = true
