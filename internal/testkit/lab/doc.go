// Package lab is an AWS of our own for tests, without a socket for its calls, and controller processes that use it: they can be
// started anew, with what the one before them kept or without.
//
// In: a world, or the default one; what targets are dialed with.
// Out: an elbapi.Server, processes with a Realizer, counts of calls, and the calls that changed something as lines of text.
// Never imports: nothing is forbidden; only tests import it.
// Start reading at: lab.go, then process.go.
package lab
