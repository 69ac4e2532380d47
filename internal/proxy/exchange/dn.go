package exchange

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"strings"
)

// attributeNames are the types of attributes with a name in OpenSSL's short spelling, which AWS and nginx use; others are
// written as numbers.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.15": "businessCategory",
	"2.5.4.17": "postalCode", "2.5.4.42": "GN", "2.5.4.43": "initials", "2.5.4.46": "dnQualifier",
	"2.5.4.65": "pseudonym", "2.5.4.97": "organizationIdentifier",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
}

// DN writes a distinguished name, given as its DER encoding, as RFC 2253 has it: last part first, parts joined by commas.
// Like OpenSSL it writes bytes beyond ASCII and control bytes as a backslash and two hexadecimal digits. A name that
// cannot be read is empty.
func DN(raw []byte) string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &name); err != nil || len(rest) > 0 {
		return ""
	}
	var b strings.Builder
	for i := len(name) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		for j, part := range name[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			writeAttribute(&b, part)
		}
	}
	return b.String()
}

func writeAttribute(b *strings.Builder, a pkix.AttributeTypeAndValue) {
	kind := a.Type.String()
	name, known := attributeNames[kind]
	text, isText := a.Value.(string)
	if known && isText {
		b.WriteString(name + "=")
		writeEscaped(b, text)
		return
	}
	// RFC 2253 section 2.4: what has no name is written as the encoding of its value.
	if !known {
		name = kind
	}
	der, err := asn1.Marshal(a.Value)
	if err != nil {
		der = nil
	}
	b.WriteString(name + "=#" + strings.ToUpper(hex.EncodeToString(der)))
}

// writeEscaped writes a value with what means something in a name, or nothing in a header field, escaped.
func writeEscaped(b *strings.Builder, text string) {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		c := text[i]
		switch {
		case c < 0x20 || c >= 0x7f:
			b.WriteByte('\\')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		case strings.IndexByte(`,+"\<>;`, c) >= 0,
			c == '#' && i == 0, c == ' ' && (i == 0 || i == len(text)-1):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
}
