package exchange

// Actions are the actions that were carried out for an exchange, as ELB's access logs list them in actions_executed. The
// zero value is none: no rule was asked, or nothing of it was done.
type Actions uint16

// Actions, each one bit.
const (
	// ActionWAF: the request was inspected and the verdict was carried out.
	ActionWAF Actions = 1 << iota
	// ActionWAFFailed: the inspection failed or took too long.
	ActionWAFFailed
	// ActionAuthenticate is a login with OpenID Connect or Cognito; ActionJWT the check of a bearer token.
	ActionAuthenticate
	ActionJWT
	ActionFixedResponse
	ActionForward
	ActionRedirect
)

// actionNames are the words of access logs, in the order in which they are written.
var actionNames = [...]string{
	"waf", "waf-failed", "authenticate", "jwt-validation", "fixed-response", "forward", "redirect",
}

// Has says whether one of the actions was carried out.
func (a Actions) Has(one Actions) bool { return a&one != 0 }

// AppendTo appends the list with commas between: "authenticate,forward"; "-" when it is empty.
func (a Actions) AppendTo(b []byte) []byte {
	if a == 0 {
		return append(b, '-')
	}
	first := true
	for i, name := range actionNames {
		if a&(1<<i) == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, name...)
	}
	return b
}

// String is the list as AppendTo writes it.
func (a Actions) String() string { return string(a.AppendTo(nil)) }

// Did notes that an action was carried out.
func (x *Exchange) Did(a Actions) { x.Log.Actions |= a }

// Because notes the reason of an error as one of the codes that ELB documents for error_reason
// ("AuthInvalidCookie", "AWSALBTGCookieInvalid"); the first one stays. It must be a constant.
func (x *Exchange) Because(code string) {
	if x.Log.Reason == "" {
		x.Log.Reason = code
	}
}

// TransformStatus is what became of the transforms of a rule, in the words of request_transform_status of access logs.
type TransformStatus string

// Outcomes of transforms. The zero value is none: there are none, or their expressions were not found.
const (
	TransformSuccess     TransformStatus = "TransformSuccess"
	TransformInvalidHost TransformStatus = "TransformInvalidHost"
	TransformInvalidPath TransformStatus = "TransformInvalidPath"
	TransformTooLong     TransformStatus = "TransformBufferTooSmall"
)
