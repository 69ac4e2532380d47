// Package recorder is a target for tests that reads requests by the letter of RFC 9112 and writes down everything that
// arrives: requests with their bodies, what came behind them, which connection they came on, and whatever another parser
// could read differently. It shares no code with the proxy's codecs, so that it does not share their mistakes.
//
// In: connections of a proxy; what to answer, when the usual echo will not do.
// Out: what arrived since the last look, request by request, with complaints.
// Never imports: the proxy's codecs; only tests import it.
// Start reading at: recorder.go, then request.go.
package recorder
