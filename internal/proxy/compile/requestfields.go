package compile

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// RequestFields are the names of the fields that tell targets of a client's TLS. ELB listener:
// routing.http.request.<name>.header_name.
type RequestFields struct {
	TLSVersion, TLSCipher                                           string
	ClientSerial, ClientIssuer, ClientSubject, ClientValidity, Leaf string
	// Chain is for certificates that are passed on unverified.
	Chain string
}

// defaultRequestFields are the names that ELB gives them.
func defaultRequestFields() RequestFields {
	return RequestFields{
		TLSVersion: "X-Amzn-Tls-Version", TLSCipher: "X-Amzn-Tls-Cipher-Suite",
		ClientSerial: "X-Amzn-Mtls-Clientcert-Serial-Number", ClientIssuer: "X-Amzn-Mtls-Clientcert-Issuer",
		ClientSubject: "X-Amzn-Mtls-Clientcert-Subject", ClientValidity: "X-Amzn-Mtls-Clientcert-Validity",
		Leaf: "X-Amzn-Mtls-Clientcert-Leaf", Chain: "X-Amzn-Mtls-Clientcert",
	}
}

// byKey finds the name that a listener attribute changes, nil for other attributes.
func (f *RequestFields) byKey(key string) *string {
	middle, ok := strings.CutPrefix(key, "routing.http.request.")
	if !ok {
		return nil
	}
	if middle, ok = strings.CutSuffix(middle, ".header_name"); !ok {
		return nil
	}
	switch middle {
	case "x_amzn_tls_version":
		return &f.TLSVersion
	case "x_amzn_tls_cipher_suite":
		return &f.TLSCipher
	case "x_amzn_mtls_clientcert_serial_number":
		return &f.ClientSerial
	case "x_amzn_mtls_clientcert_issuer":
		return &f.ClientIssuer
	case "x_amzn_mtls_clientcert_subject":
		return &f.ClientSubject
	case "x_amzn_mtls_clientcert_validity":
		return &f.ClientValidity
	case "x_amzn_mtls_clientcert_leaf":
		return &f.Leaf
	case "x_amzn_mtls_clientcert":
		return &f.Chain
	}
	return nil
}

// readField takes a field's name from an attribute; an empty value keeps the default.
func (p attributeReader) readField(f *RequestFields, a model.Attribute) {
	name := f.byKey(a.Key)
	if name == nil || a.Value == "" {
		return
	}
	for i := range len(a.Value) {
		c := a.Value[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			p.bad(a, "the name of a header field", *name)
			return
		}
	}
	*name = a.Value
}
