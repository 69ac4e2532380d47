package exchange

// Login is what a login leaves for the steps behind it. Its zero value is nobody.
type Login struct {
	// AccessToken, Subject and Data are what a target is told: the access token as it is, the user's identifier, and a signed
	// token of claims (ELB's x-amzn-oidc-accesstoken, -identity and -data). All are nil when nobody is logged in.
	AccessToken, Subject, Data []byte
	// Cookies are values of Set-Cookie that go out with the response, whoever makes it.
	Cookies [][]byte
}

// Known says whether somebody is logged in.
func (l *Login) Known() bool { return l.Data != nil }
