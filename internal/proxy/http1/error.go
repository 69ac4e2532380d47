package http1

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Error says why a message was refused. Errors are constants: nothing of the input is in them.
type Error struct {
	// Status is the answer: 400, 405, 413, 414, 417, 501, 505 for requests, 502 for responses of targets.
	Status int
	// Reason is a short text for logs.
	Reason string
	// Class and Finding are ELB's grade and the name of the finding, where it has one.
	Class   exchange.Class
	Finding string
}

// Error is the reason.
func (e *Error) Error() string { return e.Reason }

// HeadTooLarge says whether a request was refused for the size of its head, by the reason of an Error of HTTP/1 or HTTP/2.
func HeadTooLarge(reason string) bool {
	return reason == ReasonFieldLong || reason == ReasonHeadLong || reason == ErrBufferFull.Error()
}

// Reasons of requests whose heads are too large.
const (
	ReasonFieldLong = "header field too long"
	ReasonHeadLong  = "head too long"
)

// Names of findings, as ELB's access logs write them.
const (
	findAmbiguousURI  = "AmbiguousUri"
	findBadCL         = "BadContentLength"
	findBadHeader     = "BadHeader"
	findBadMethod     = "BadMethod"
	findBadTE         = "BadTransferEncoding"
	findBadURI        = "BadUri"
	findBadVersion    = "BadVersion"
	findBothTECL      = "BothTeClPresent"
	findDuplicateCL   = "DuplicateContentLength"
	findEmptyHeader   = "EmptyHeader"
	findMissingColon  = "MissingHeaderColon"
	findMissingURI    = "MissingUri"
	findMultipleCL    = "MultipleContentLength"
	findMultipleTE    = "MultipleTransferEncodingChunked"
	findMultiline     = "MultilineHeader"
	findNonCompliant  = "NonCompliantHeader"
	findNonCompliantV = "NonCompliantVersion"
	findNonCRLF       = "NonCrLfLineTermination"
	findSpaceInURI    = "SpaceInUri"
	findSuspicious    = "SuspiciousHeader"
	findUndefinedCL   = "UndefinedContentLengthSemantics"
	findUndefinedTE   = "UndefinedTransferEncodingSemantics"
	findZeroLengthGet = "GetHeadZeroContentLength"
)

func severe(reason, finding string) *Error {
	return &Error{400, reason, exchange.Severe, finding}
}

func ambiguous(reason, finding string) *Error {
	return &Error{400, reason, exchange.Ambiguous, finding}
}

func refuse(status int, reason string) *Error {
	return &Error{Status: status, Reason: reason}
}

// What requests are refused for.
var (
	errEmptyLines     = refuse(400, "empty lines before the request line")
	errMethod         = severe("invalid method", findBadMethod)
	errMethodRefused  = refuse(405, "method not allowed")
	errConnect        = refuse(400, "CONNECT to an authority")
	errVersion        = severe("malformed version", findBadVersion)
	errVersionMajor   = &Error{505, "unsupported major version", exchange.Severe, findBadVersion}
	errNoVersion      = &Error{400, "request line without version", exchange.Acceptable, findNonCompliantV}
	errNoTarget       = ambiguous("request line without target", findMissingURI)
	errTargetByte     = severe("invalid byte in the target", findBadURI)
	errTargetBlank    = &Error{400, "blank in the target", exchange.Acceptable, findSpaceInURI}
	errTargetControl  = ambiguous("control byte in the target", findAmbiguousURI)
	errTargetForm     = refuse(400, "target in no known form")
	errPath           = refuse(400, "path cannot be normalised")
	errLineLong       = refuse(414, "request line too long")
	errFieldLong400   = refuse(400, ReasonFieldLong)
	errFieldLong413   = refuse(413, ReasonFieldLong)
	errHeadLong400    = refuse(400, ReasonHeadLong)
	errHeadLong413    = refuse(413, ReasonHeadLong)
	errFieldCount     = refuse(400, "too many header fields")
	errFold           = ambiguous("folded header field", findMultiline)
	errColon          = ambiguous("header field without colon", findMissingColon)
	errEmptyName      = ambiguous("header field without name", findEmptyHeader)
	errNameByte       = severe("invalid byte in a field name", findBadHeader)
	errValueByte      = severe("invalid byte in a field value", findBadHeader)
	errHostMissing    = refuse(400, "no Host")
	errHostRepeated   = refuse(400, "more than one Host")
	errHostInvalid    = refuse(400, "invalid Host")
	errLength         = severe("invalid Content-Length", findBadCL)
	errLengths        = severe("contradictory Content-Length", findMultipleCL)
	errLengthRepeated = ambiguous("repeated Content-Length", findDuplicateCL)
	errBothFramings   = ambiguous("Transfer-Encoding and Content-Length", findBothTECL)
	errEncoding       = &Error{501, "unknown Transfer-Encoding", exchange.Compliant, ""}
	errEncodingBad    = severe("invalid Transfer-Encoding", findBadTE)
	errEncodings      = severe("repeated Transfer-Encoding", findMultipleTE)
	errEncodingOld    = ambiguous("Transfer-Encoding in HTTP/1.0", findUndefinedTE)
	errConnection     = refuse(400, "too many Connection options")
	errExpect         = refuse(417, "unknown expectation")
)

// What requests are refused for in mode Strictest only.
var (
	errStrictLF         = &Error{400, "line ended without CR", exchange.Acceptable, findNonCRLF}
	errStrictName       = &Error{400, "field name that is no token", exchange.Acceptable, findNonCompliant}
	errStrictSuspicious = ambiguous("field name like a framing field", findSuspicious)
	errStrictGetLength  = ambiguous("Content-Length without meaning", findUndefinedCL)
	errStrictGetCoding  = ambiguous("Transfer-Encoding without meaning", findUndefinedTE)
	errStrictVersion    = &Error{400, "minor version above 1", exchange.Acceptable, findNonCompliantV}
	errStrictGetZero    = &Error{400, "Content-Length of zero", exchange.Acceptable, findZeroLengthGet}
)

// What responses are refused for.
var (
	errResponseLine     = refuse(502, "malformed status line from target")
	errResponseVersion  = refuse(502, "unsupported version from target")
	errResponseLong     = refuse(502, "response head too long")
	errResponseCount    = refuse(502, "too many header fields from target")
	errResponseField    = refuse(502, "malformed header field from target")
	errResponseLength   = refuse(502, "invalid Content-Length from target")
	errResponseEncoding = refuse(502, "invalid Transfer-Encoding from target")
	errResponseBoth     = refuse(502, "both framings from target")
	errResponseSwitch   = refuse(502, "invalid protocol switch from target")
)
