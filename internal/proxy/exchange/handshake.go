package exchange

import (
	"crypto/tls"
	"crypto/x509"
	"time"
)

// Handshake is an attempt of a client to set up TLS with an application load balancer or the in-cluster proxy, as it is
// known when it has ended: for connection logs and metrics. Nothing in it may be kept after it was told of, but
// certificates, which never change.
type Handshake struct {
	// Conn is the connection: addresses, port, ID. Its TLS is nil when the attempt failed.
	Conn *Conn
	// Start is when the connection was accepted, Took how long the handshake took.
	Start time.Time
	Took  time.Duration
	// Version, Cipher and Group (the key exchange) are what was agreed on; 0 when it did not come to that.
	Version, Cipher uint16
	Group           tls.CurveID
	// Resumed says that the client came back with a ticket.
	Resumed bool
	// ServerName is the name that the client asked for, "" for none.
	ServerName string
	// Leaf is the client's own certificate, nil when it sent none that could be read.
	Leaf *x509.Certificate
	// Failed says that there is no connection, and Status why: VerifyOK exactly when it did not fail.
	Failed bool
	Status VerifyStatus
	// Error is a short fixed reason for a failure: "plain HTTP on a TLS port", "timeout", "TLS handshake failed".
	Error string
	// Alert is the TLS alert that the client sent, 0 for none.
	Alert uint8
}

// VerifyStatus is how a TLS connection attempt ended in the words of an ALB's connection log, without their "Failed:".
type VerifyStatus string

// What may become of a connection attempt. The codes are those that AWS documents for tls_verify_status.
const (
	// VerifyOK is a connection that was set up.
	VerifyOK VerifyStatus = ""
	// VerifyChainTooDeep: the client's chain is longer than allowed.
	VerifyChainTooDeep VerifyStatus = "ClientCertMaxChainDepthExceeded"
	// VerifyTooLarge: the client's chain has more bytes than allowed.
	VerifyTooLarge VerifyStatus = "ClientCertMaxSizeExceeded"
	// VerifyRevoked: a certificate of the chain is on a revocation list.
	VerifyRevoked VerifyStatus = "ClientCertCrlHit"
	// VerifyRevocationUnknown: a revocation list could not be used, because it is out of date or not signed by its issuer.
	VerifyRevocationUnknown VerifyStatus = "ClientCertCrlProcessingError"
	// VerifyUntrusted: the chain does not lead to the trust store.
	VerifyUntrusted VerifyStatus = "ClientCertUntrusted"
	// VerifyNotYetValid and VerifyExpired: a certificate of the chain is not valid now.
	VerifyNotYetValid VerifyStatus = "ClientCertNotYetValid"
	VerifyExpired     VerifyStatus = "ClientCertExpired"
	// VerifyTypeUnsupported: a key is of a type or size that is not allowed.
	VerifyTypeUnsupported VerifyStatus = "ClientCertTypeUnsupported"
	// VerifyInvalid: the certificate is broken, or a CA of the chain must not sign it.
	VerifyInvalid VerifyStatus = "ClientCertInvalid"
	// VerifyPurposeInvalid: the certificate is not one for clients.
	VerifyPurposeInvalid VerifyStatus = "ClientCertPurposeInvalid"
	// VerifyRejected: the certificate was refused by something else than the trust store.
	VerifyRejected VerifyStatus = "ClientCertRejected"
	// VerifyIncompatible: the client's signature is not one that the connection allows.
	VerifyIncompatible VerifyStatus = "ClientCertIncompatible"
	// VerifyUnmapped: the attempt failed for another reason; also when the client sent no certificate.
	VerifyUnmapped VerifyStatus = "UnmappedConnectionError"
)

// String is the status as the connection log writes it: "Success", or "Failed:" and the code.
func (v VerifyStatus) String() string {
	if v == VerifyOK {
		return "Success"
	}
	return "Failed:" + string(v)
}
