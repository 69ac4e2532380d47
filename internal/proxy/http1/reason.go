package http1

// ReasonPhrase is the reason phrase of a status when the response has none. It is what nginx writes, and ELB with it;
// the empty string for statuses that are not registered, such as 460 to 464 and 561 of ELB.
func ReasonPhrase(status int) string {
	for i := range reasons {
		if reasons[i].status == status {
			return reasons[i].phrase
		}
	}
	return ""
}

var reasons = [...]struct {
	status int
	phrase string
}{
	{200, "OK"},
	{404, "Not Found"},
	{304, "Not Modified"},
	{308, "Permanent Redirect"},
	{301, "Moved Permanently"},
	{302, "Moved Temporarily"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{503, "Service Temporarily Unavailable"},
	{502, "Bad Gateway"},
	{504, "Gateway Time-out"},
	{100, "Continue"},
	{101, "Switching Protocols"},
	{103, "Early Hints"},
	{201, "Created"},
	{202, "Accepted"},
	{203, "Non-Authoritative Information"},
	{204, "No Content"},
	{205, "Reset Content"},
	{206, "Partial Content"},
	{207, "Multi-Status"},
	{300, "Multiple Choices"},
	{303, "See Other"},
	{305, "Use Proxy"},
	{307, "Temporary Redirect"},
	{400, "Bad Request"},
	{402, "Payment Required"},
	{405, "Not Allowed"},
	{406, "Not Acceptable"},
	{407, "Proxy Authentication Required"},
	{408, "Request Time-out"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Request Entity Too Large"},
	{414, "Request-URI Too Large"},
	{415, "Unsupported Media Type"},
	{416, "Requested Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{418, "I'm a teapot"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{423, "Locked"},
	{424, "Failed Dependency"},
	{425, "Too Early"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{451, "Unavailable For Legal Reasons"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{505, "HTTP Version Not Supported"},
	{506, "Variant Also Negotiates"},
	{507, "Insufficient Storage"},
	{508, "Loop Detected"},
	{511, "Network Authentication Required"},
}
