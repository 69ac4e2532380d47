package nginx

import (
	"errors"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// Keys of the controller's ConfigMap about connections and fields of clients, and about fields of responses.
var (
	KeepAlive = config[int64](seconds(0), annotation.Entry{
		Suffix: "keep-alive", Default: "75", Internal: full, Example: "10",
		Doc: "How many seconds a client's connection may wait for its next request; 0 closes it after the first one.",
	})
	KeepAliveRequests = config[int64](annotation.Int{Min: 1, Max: 1<<31 - 1}, annotation.Entry{
		Suffix: "keep-alive-requests", Default: "1000", Internal: full, Example: "10000",
		Doc: "How many requests a client's connection may bring.",
	})
	ClientHeaderTimeout = config[int64](seconds(1), annotation.Entry{
		Suffix: "client-header-timeout", Default: "60", Internal: full, Example: "10",
		Doc: "How many seconds a whole request head may take. A connection whose head is late is closed without an answer.",
	})
	ClientBodyTimeout = config[int64](seconds(1), annotation.Entry{
		Suffix: "client-body-timeout", Default: "60", Internal: full, Example: "10",
		Doc: "How many seconds may pass between two pieces of a request body.",
	})
	LargeHeaderBuffers = config[HeaderBuffers](headerBuffers{}, annotation.Entry{
		Suffix: "large-client-header-buffers", Default: "4 8k", Internal: full, Example: "4 32k",
		Doc: "Number and size of nginx's buffers for heads. The size bounds a request line (414) and a field, number times size the " +
			"whole head (400); 256k at the most.",
	})
	UnderscoresInHeaders = config(annotation.Bool{}, annotation.Entry{
		Suffix: "enable-underscores-in-headers", Default: "false", Internal: full, Example: "true",
		Doc: "Fields with `_` in their names reach targets. Those that the proxy sets itself (`X_Real_IP`) never do.",
	})
	IgnoreInvalidHeaders = config(annotation.Bool{}, annotation.Entry{
		Suffix: "ignore-invalid-headers", Default: "true", Internal: full, Example: "false",
		Doc: "Fields whose names hold more than letters, digits and `-` are dropped. With `false` every name that HTTP allows " +
			"reaches targets; others are answered 400 in either case.",
	})
	UseHTTP2 = config(annotation.Bool{}, annotation.Entry{
		Suffix: "use-http2", Default: "true", Internal: full, Example: "false", Doc: "HTTP/2 is offered over TLS.",
	})
	HideHeaders = config[[]string](textList{"names of fields"}, annotation.Entry{
		Suffix: "hide-headers", Internal: full, Example: "X-Powered-By,X-Runtime",
		Doc: "Fields of targets' responses that clients do not get.",
	})
	AllowServerHeader = config(annotation.Bool{}, annotation.Entry{
		Suffix: "allow-backend-server-header", Default: "false", Internal: full, Example: "true",
		Doc: "Clients get the Server field of targets.",
	})
	AddOriginalURI = config(annotation.Bool{}, annotation.Entry{
		Suffix: "proxy-add-original-uri-header", Default: "false", Internal: full, Example: "true",
		Doc: "Targets get path and query as the client sent them in X-Original-URI.",
	})
)

// HeaderBuffers are nginx's buffers for request heads.
type HeaderBuffers struct{ Count, Size int64 }

// headerBuffers is a number and a size with a blank between.
type headerBuffers struct{}

// Parse reads "4 8k".
func (headerBuffers) Parse(raw string) (HeaderBuffers, error) {
	words := strings.Fields(raw)
	if len(words) != 2 {
		return HeaderBuffers{}, errors.New("it is not a number and a size")
	}
	count, err := strconv.ParseInt(words[0], 10, 16)
	if err != nil || count < 1 {
		return HeaderBuffers{}, errors.New("the number of buffers is not a positive one")
	}
	size, err := (annotation.Size{}).Parse(words[1])
	if err == nil && (size < 1 || size > 1<<30) {
		err = errors.New("the size is not between 1 byte and 1 GiB")
	}
	return HeaderBuffers{count, size}, err
}

// Format writes the size in bytes.
func (headerBuffers) Format(v HeaderBuffers) string {
	return strconv.FormatInt(v.Count, 10) + " " + strconv.FormatInt(v.Size, 10)
}

// Expected describes it.
func (headerBuffers) Expected() string {
	return "a number of buffers and the size of one, such as 4 8k"
}
