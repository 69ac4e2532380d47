package front

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/gwanmun/gwanmun/internal/elbapi/sign"
	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// request is a request that has been read.
type request struct {
	http *http.Request
	body []byte
	// form holds the parameters of the URL and, if the body is a form, those of the body.
	form      url.Values
	signature *sign.Signature

	dialect   wire.Dialect
	operation string
}

// unsigned are the operations that clients call without credentials: they are how credentials are got.
var unsigned = map[string]bool{"AssumeRoleWithWebIdentity": true, "AssumeRoleWithSAML": true, "GetCallerIdentity": true}

// read takes the parameters apart.
func (q *request) read() error {
	query, err := url.ParseQuery(q.http.URL.RawQuery)
	if err != nil {
		return wire.Errorf(wire.MalformedQueryString, "The parameters of the URL cannot be read: %v", err)
	}
	q.form = query
	kind, _, err := mime.ParseMediaType(q.http.Header.Get("Content-Type"))
	if err == nil && kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(q.body))
		if err != nil {
			return wire.Errorf(wire.MalformedQueryString, "The parameters of the body cannot be read: %v", err)
		}
		for name, values := range form {
			q.form[name] = append(q.form[name], values...)
		}
	}
	q.signature, err = sign.Read(q.http, query)
	return err
}

// guess is how to answer before it is known who is asked: as the service in the signature, or as the kind of request suggests.
func (q *request) guess() wire.Dialect {
	if q.signature != nil {
		if d, ok := wire.Speaks(q.signature.Service); ok {
			return q.asCBOR(d)
		}
	}
	if d, _, ok := q.named(); ok {
		return d
	}
	if strings.Contains(q.http.Header.Get("Content-Type"), "json") {
		d, _ := wire.Speaks(wire.ACM)
		return d
	}
	d, _ := wire.Speaks(wire.ELBv2)
	return d
}

func (q *request) asCBOR(d wire.Dialect) wire.Dialect {
	if q.http.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" && d.Protocol == wire.JSON11 {
		d.Protocol = wire.CBOR
	}
	return d
}

// named finds the service and the operation by what a request says besides its signature: the path of CBOR, X-Amz-Target, or
// Version and Action.
func (q *request) named() (d wire.Dialect, operation string, ok bool) {
	target, operation := "", ""
	if rest, isCBOR := strings.CutPrefix(q.http.URL.Path, "/service/"); isCBOR {
		target, operation, _ = strings.Cut(rest, "/operation/")
	} else if header := q.http.Header.Get("X-Amz-Target"); header != "" {
		target, operation, _ = strings.Cut(header, ".")
	}
	version := q.form.Get("Version")
	for _, d := range wire.Dialects() {
		switch {
		case target != "" && d.Target == target:
			return q.asCBOR(d), operation, true
		case target == "" && version != "" && d.Version == version:
			return d, q.form.Get("Action"), true
		}
	}
	return wire.Dialect{}, operation, false
}

// classicVersion is the version of the API of classic load balancers, which have the same signing name.
const classicVersion = "2012-06-01"

// dispatch finds the service and the operation.
func (q *request) dispatch() error {
	d, operation, named := q.named()
	if q.signature == nil {
		if !named || !unsigned[operation] || d.Service != wire.STS {
			if !named && q.form.Get("Action") == "" {
				return wire.Errorf(wire.MissingAction, "The request names no operation: neither Action nor X-Amz-Target is given")
			}
			return wire.Errorf("MissingAuthenticationToken", "The request is not signed; any access key and secret will do here")
		}
		q.dialect, q.operation = d, operation
		return nil
	}
	signed, ok := wire.Speaks(q.signature.Service)
	if !ok {
		return wire.Errorf(wire.InvalidAction, "The service %q is not served here", q.signature.Service)
	}
	if !signed.Protocol.Form() {
		if !named || d.Service != signed.Service {
			return wire.Errorf("UnknownOperationException", "The request names no operation of %s", signed.Service)
		}
		q.dialect, q.operation = d, operation
		return nil
	}
	q.dialect, q.operation = signed, q.form.Get("Action")
	return q.version()
}

// version refuses versions that are not served, and requests without an action.
func (q *request) version() error {
	version, d := q.form.Get("Version"), q.dialect
	switch {
	case q.operation == "":
		return wire.Errorf(wire.MissingAction, "The request must contain the parameter Action")
	case version == "" || version == d.Version:
		return nil
	case d.Service == wire.ELBv2 && version == classicVersion:
		return wire.Errorf(wire.InvalidAction, "%s of version %s is about classic load balancers, which are not served here; version %s is",
			q.operation, version, d.Version)
	case d.Service == wire.EC2:
		return wire.Errorf("NoSuchVersion", "Version %s of %s is not served; version %s is", version, d.Service, d.Version)
	}
	return wire.Errorf(wire.InvalidAction, "Could not find operation %s for version %s; version %s is served", q.operation, version, d.Version)
}

// unknown is the error for an operation that is not in the table. Whether AWS has it cannot be told from here.
func unknown(d wire.Dialect, operation string) error {
	if !d.Protocol.Form() {
		return wire.Errorf("UnknownOperationException", "%s is not an operation of %s that this API serves", operation, d.Service)
	}
	return wire.Errorf(wire.InvalidAction, "Could not find operation %s for version %s: it is not among those of %s that this API serves",
		operation, d.Version, d.Service)
}
