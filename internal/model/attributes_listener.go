package model

// listenerAttributes are the rows of listeners.
func listenerAttributes() []AttributeSpec {
	rows := []AttributeSpec{
		{
			Key: "tcp.idle_timeout.seconds", Types: nlbAndGWLB(), Kind: NumberAttribute, Min: 60, Max: 6000, Default: "350",
			Honoured: true,
			Doc:      "Seconds without a byte after which a TCP flow is forgotten; not for TLS listeners.",
		},
		{
			Key: "send_tcp_reset.on_idle_timeout.enabled", Types: gwlbOnly(), Kind: BooleanAttribute, Default: "false",
			Doc: "Resets a TCP flow that is forgotten for being idle.",
		},
		{
			Key: "routing.http.response.server.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "true",
			Honoured: true,
			Doc:      "Sends the Server field of the load balancer.",
		},
	}
	for _, h := range requestHeaderNames {
		rows = append(rows, AttributeSpec{
			Key: "routing.http.request." + h.key + ".header_name", Types: albOnly(), Kind: TextAttribute, refuse: notAFieldName,
			Honoured: true,
			Doc:      "The request field that tells targets " + h.what + ", in place of " + h.field + "; HTTPS listeners only.",
		})
	}
	for _, h := range responseHeaders {
		rows = append(rows, AttributeSpec{
			Key: "routing.http.response." + h.key + ".header_value", Types: albOnly(), Kind: TextAttribute,
			Honoured: true,
			Doc:      "The value of " + h.field + " that every response gets.",
		})
	}
	return ofResource(ListenerAttribute, rows)
}

// namedHeader is one field that a listener can rename or set.
type namedHeader struct {
	key   string
	field string
	what  string
}

var requestHeaderNames = []namedHeader{
	{"x_amzn_mtls_clientcert_serial_number", "X-Amzn-Mtls-Clientcert-Serial-Number", "the client certificate's serial number"},
	{"x_amzn_mtls_clientcert_issuer", "X-Amzn-Mtls-Clientcert-Issuer", "the client certificate's issuer"},
	{"x_amzn_mtls_clientcert_subject", "X-Amzn-Mtls-Clientcert-Subject", "the client certificate's subject"},
	{"x_amzn_mtls_clientcert_validity", "X-Amzn-Mtls-Clientcert-Validity", "how long the client certificate is valid"},
	{"x_amzn_mtls_clientcert_leaf", "X-Amzn-Mtls-Clientcert-Leaf", "the client certificate"},
	{"x_amzn_mtls_clientcert", "X-Amzn-Mtls-Clientcert", "the client certificate with its chain"},
	{"x_amzn_tls_version", "X-Amzn-Tls-Version", "the TLS version"},
	{"x_amzn_tls_cipher_suite", "X-Amzn-Tls-Cipher-Suite", "the TLS cipher suite"},
}

var responseHeaders = []namedHeader{
	{key: "strict_transport_security", field: "Strict-Transport-Security"},
	{key: "access_control_allow_origin", field: "Access-Control-Allow-Origin"},
	{key: "access_control_allow_methods", field: "Access-Control-Allow-Methods"},
	{key: "access_control_allow_headers", field: "Access-Control-Allow-Headers"},
	{key: "access_control_allow_credentials", field: "Access-Control-Allow-Credentials"},
	{key: "access_control_expose_headers", field: "Access-Control-Expose-Headers"},
	{key: "access_control_max_age", field: "Access-Control-Max-Age"},
	{key: "content_security_policy", field: "Content-Security-Policy"},
	{key: "x_content_type_options", field: "X-Content-Type-Options"},
	{key: "x_frame_options", field: "X-Frame-Options"},
}

// notAFieldName refuses what could not be the name of a header field (RFC 9110 section 5.1, letters, digits and the
// signs of a token). Empty means the field's own name.
func notAFieldName(value string) string {
	for i := range len(value) {
		c := value[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return "it is no name of a header field"
		}
	}
	return ""
}
