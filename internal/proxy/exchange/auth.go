package exchange

// AuthEvents are what happened when a request was to be authenticated, as CloudWatch's ELBAuth metrics count it.
type AuthEvents uint8

// Events of a login, each one bit.
const (
	// AuthSuccess: a login came to its end, or claims were refreshed (ELBAuthSuccess).
	AuthSuccess AuthEvents = 1 << iota
	// AuthFailure: the user was turned away (ELBAuthFailure).
	AuthFailure
	// AuthError: the identity provider could not be asked, or what it said could not be used (ELBAuthError).
	AuthError
	// AuthRefreshed: claims were refreshed with a refresh token (ELBAuthRefreshTokenSuccess).
	AuthRefreshed
	// AuthClaimsTooLarge: the claims and the access token are longer than allowed (ELBAuthUserClaimsSizeExceeded).
	AuthClaimsTooLarge
)

// Has says whether one of the events happened.
func (e AuthEvents) Has(one AuthEvents) bool { return e&one != 0 }
