package telemetry

import "crypto/tls"

// appendGroup appends the name of a key exchange's group as IANA's registry has it, "-" when there was none.
func appendGroup(b []byte, id tls.CurveID) []byte {
	switch id {
	case 0:
		return append(b, '-')
	case tls.CurveP256:
		return append(b, "secp256r1"...)
	case tls.CurveP384:
		return append(b, "secp384r1"...)
	case tls.CurveP521:
		return append(b, "secp521r1"...)
	case tls.X25519:
		return append(b, "x25519"...)
	}
	return append(b, id.String()...) // X25519MLKEM768, SecP256r1MLKEM768: constants without allocation
}
