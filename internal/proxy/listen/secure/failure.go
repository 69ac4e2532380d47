package secure

import (
	"errors"
	"net"
	"reflect"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Alert is the number of the alert that the peer of a failed handshake sent, 0 for none; crypto/tls gives it a type that
// has no name outside.
func Alert(err error) uint8 {
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" {
		if v := reflect.ValueOf(remote.Err); v.Kind() == reflect.Uint8 {
			return uint8(v.Uint())
		}
	}
	return 0
}

// reasons are parts of what crypto/tls says about certificates of clients that it has not let come to their verification.
var reasons = []struct {
	part   string
	status exchange.VerifyStatus
}{
	{"failed to parse client certificate", exchange.VerifyInvalid},
	{"client sent certificate containing RSA key larger", exchange.VerifyTypeUnsupported},
	{"client certificate contains an unsupported public key", exchange.VerifyTypeUnsupported},
	{"client certificate used with invalid signature algorithm", exchange.VerifyIncompatible},
	{"invalid signature by the client certificate", exchange.VerifyInvalid},
}

// Status is what the connection log calls the failure of a handshake in which no certificate was verified.
func Status(err error) exchange.VerifyStatus {
	text := err.Error()
	for _, r := range reasons {
		if strings.Contains(text, r.part) {
			return r.status
		}
	}
	return exchange.VerifyUnmapped
}
