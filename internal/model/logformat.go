package model

import (
	"fmt"
	"strings"
)

// LogPiece is a part of a log format: text as it is, or a variable.
type LogPiece struct {
	// Text is written as it is when Variable is empty. Variable is a name of nginx without the dollar.
	Text, Variable string
}

// logVariables are nginx's variables that access logs may hold, as far as the data plane knows what stands for them.
var logVariables = map[string]bool{
	"remote_addr": true, "remote_port": true, "remote_user": true, "the_real_ip": true, "time_local": true, "time_iso8601": true, "msec": true,
	"request": true, "request_method": true, "request_uri": true, "uri": true, "args": true, "query_string": true, "is_args": true,
	"scheme": true, "host": true, "server_name": true, "server_port": true, "server_protocol": true, "status": true, "body_bytes_sent": true,
	"bytes_sent": true, "request_length": true, "request_time": true, "request_id": true, "req_id": true,
	"proxy_upstream_name": true, "proxy_alternative_upstream_name": true, "proxy_host": true, "upstream_addr": true,
	"upstream_response_length": true, "upstream_bytes_received": true, "upstream_response_time": true, "upstream_connect_time": true,
	"upstream_status": true, "namespace": true, "ingress_name": true, "service_name": true, "service_port": true, "location_path": true,
	"ssl_protocol": true, "ssl_cipher": true, "ssl_server_name": true, "connection": true,
}

// secretFields are request fields that never get into a log, whatever its format says.
var secretFields = []string{"authorization", "cookie", "proxy_authorization", "x_amzn_oidc_"}

// ParseLogFormat takes a format of access logs apart as nginx's log_format does: $name and ${name} are variables, also
// $http_<name> for a field of the request. Variables that are not known, and fields that hold secrets, are errors.
func ParseLogFormat(format string) ([]LogPiece, error) {
	var out []LogPiece
	for rest := format; rest != ""; {
		before, after, found := strings.Cut(rest, "$")
		if before != "" {
			out = append(out, LogPiece{Text: before})
		}
		if !found {
			break
		}
		name := after
		if inner, ok := strings.CutPrefix(after, "{"); ok {
			end := strings.IndexByte(inner, '}')
			if end < 0 {
				return nil, fmt.Errorf("a variable has no closing }")
			}
			name, rest = inner[:end], inner[end+1:]
		} else {
			end := 0
			for end < len(after) && wordByte(after[end]) {
				end++
			}
			name, rest = after[:end], after[end:]
		}
		if err := checkLogVariable(name); err != nil {
			return nil, err
		}
		out = append(out, LogPiece{Variable: name})
	}
	return out, nil
}

func wordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_'
}

func checkLogVariable(name string) error {
	field, ok := strings.CutPrefix(name, "http_")
	switch {
	case logVariables[name]:
		return nil
	case !ok || field == "":
		return fmt.Errorf("the variable $%s is not known", name)
	}
	for _, secret := range secretFields {
		if field == secret || strings.HasSuffix(secret, "_") && strings.HasPrefix(field, secret) {
			return fmt.Errorf("the variable $%s holds a secret", name)
		}
	}
	return nil
}
