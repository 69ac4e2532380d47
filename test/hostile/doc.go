// Package main fires hostile input at a proxy and judges what comes back, what arrives at the target, and whether anybody
// else's answers are touched. The corpus is text, class by class; what must happen is derived from RFC 9112, RFC 9113 and
// the dialects' documented behaviour, never from what our code does. The tests fire it at every kind of listener of our
// own; the command does the same with nginx and haproxy where they are installed, and prints a comparison.
//
// In: corpus/CLASS/*.txt: inputs of clients (http1, http2), answers of targets (response).
// Out: misses with input, what was required, the answers, and what the target saw; a table of misses by class.
// Never imports: the proxy's codecs, whose mistakes it would share; nothing else is forbidden.
// Start reading at: corpus.go, then fire.go and judge.go.
package main
