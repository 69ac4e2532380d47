package page

// reason is the words of a status.
type reason struct {
	status int
	// line stands in the status line, title in the page. An empty title means that there is no page, only a status
	// line with an empty body.
	line, title string
}

// reasons are nginx's words, which the AWS load balancer shares. Statuses that are not listed have none: the AWS ones of
// the 46x and 56x kind, and those that only targets send.
var reasons = []reason{
	{200, "OK", ""},
	{300, "Multiple Choices", ""},
	{301, "Moved Permanently", "Moved Permanently"},
	{302, "Moved Temporarily", "Found"},
	{303, "See Other", "See Other"},
	{304, "Not Modified", ""},
	{305, "Use Proxy", ""},
	{307, "Temporary Redirect", "Temporary Redirect"},
	{308, "Permanent Redirect", "Permanent Redirect"},
	{400, "Bad Request", "Bad Request"},
	{401, "Unauthorized", "Authorization Required"},
	{402, "Payment Required", "Payment Required"},
	{403, "Forbidden", "Forbidden"},
	{404, "Not Found", "Not Found"},
	{405, "Not Allowed", "Not Allowed"},
	{406, "Not Acceptable", "Not Acceptable"},
	{408, "Request Time-out", "Request Time-out"},
	{409, "Conflict", "Conflict"},
	{410, "Gone", "Gone"},
	{411, "Length Required", "Length Required"},
	{412, "Precondition Failed", "Precondition Failed"},
	{413, "Request Entity Too Large", "Request Entity Too Large"},
	{414, "Request-URI Too Large", "Request-URI Too Large"},
	{415, "Unsupported Media Type", "Unsupported Media Type"},
	{416, "Requested Range Not Satisfiable", "Requested Range Not Satisfiable"},
	{421, "Misdirected Request", "Misdirected Request"},
	{429, "Too Many Requests", "Too Many Requests"},
	{500, "Internal Server Error", "Internal Server Error"},
	{501, "Not Implemented", "Not Implemented"},
	{502, "Bad Gateway", "Bad Gateway"},
	{503, "Service Temporarily Unavailable", "Service Temporarily Unavailable"},
	{504, "Gateway Time-out", "Gateway Time-out"},
	{505, "HTTP Version Not Supported", "HTTP Version Not Supported"},
	{507, "Insufficient Storage", "Insufficient Storage"},
}
