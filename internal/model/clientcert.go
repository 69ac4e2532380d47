package model

// HostClientAuth asks the clients of one host for certificates, for class nginx. Whether a client without a good one is
// let in is for the policies of the host's rules to say.
type HostClientAuth struct {
	// Host is the host, "*." and a name for a wildcard.
	Host string
	// TrustStore is the ID of a TrustStore in the model.
	TrustStore string
	// Depth is how many authorities may stand between a client's certificate and the trust store.
	Depth int32
}

// ClientCertificate says what happens to requests by the certificate that their client has shown.
type ClientCertificate struct {
	// Host is the HostClientAuth's.
	Host string
	// Verify is on (no request without a good certificate), optional (none with a bad one), optional_no_ca or off (all).
	Verify string
	// ErrorPage is where requests without a good certificate are sent; empty answers 400.
	ErrorPage string
	// Subject is a regular expression that has to be found in the subject's name; other requests get 403. Empty: none.
	Subject string
	// PassCertificate sends the certificate itself to targets.
	PassCertificate bool
	// Broken says why nothing can be verified; every request then gets 403. Empty: it can.
	Broken string
}
