package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/aws/smithy-go"
)

// Answer is a response on its way out.
type Answer struct {
	Status int
	// Type is the Content-Type.
	Type string
	Body []byte
	// Code is the error's code; empty when the call succeeded.
	Code string
}

const (
	typeXML  = "text/xml"
	typeJSON = "application/x-amz-json-1.1"
	typeCBOR = "application/cbor"
)

// Success writes what an operation returned.
func (d Dialect) Success(operation, requestID string, out any) (Answer, error) {
	a := Answer{Status: http.StatusOK}
	var err error
	switch d.Protocol {
	case JSON11:
		a.Type = typeJSON
		a.Body, err = encodeJSON(out)
	case CBOR:
		a.Type = typeCBOR
		a.Body, err = encodeCBOR(out)
	default:
		a.Type = typeXML
		a.Body, err = encodeXML(d, operation, requestID, out)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%s %s: %w", d.Service, operation, err)
	}
	return a, nil
}

// Failure writes an error. One that is not a smithy.APIError is a mistake on our side and becomes an InternalFailure.
func (d Dialect) Failure(requestID string, err error) Answer {
	var api smithy.APIError
	if !errors.As(err, &api) {
		api = &smithy.GenericAPIError{Code: InternalFailure, Message: err.Error(), Fault: smithy.FaultServer}
	}
	a := Answer{Status: status(d.Protocol, api), Code: api.ErrorCode()}
	switch d.Protocol {
	case JSON11:
		a.Type, a.Body = typeJSON, jsonFailure(api)
	case CBOR:
		a.Type, a.Body = typeCBOR, cborFailure(api)
	case EC2Query:
		a.Type, a.Body = typeXML, ec2Failure(api, requestID)
	default:
		a.Type, a.Body = typeXML, queryFailure(d, a.Status, api, requestID)
	}
	return a
}

func queryFailure(d Dialect, status int, api smithy.APIError, requestID string) []byte {
	w := &xmlWriter{p: Query}
	fmt.Fprintf(&w.b, `<ErrorResponse xmlns="%s"><Error>`, d.Namespace)
	side := "Sender"
	if status >= http.StatusInternalServerError {
		side = "Receiver"
	}
	w.element("Type", side)
	w.element("Code", api.ErrorCode())
	w.element("Message", api.ErrorMessage())
	w.close("Error")
	w.element("RequestId", requestID)
	w.close("ErrorResponse")
	return w.b.Bytes()
}

func ec2Failure(api smithy.APIError, requestID string) []byte {
	w := &xmlWriter{p: EC2Query}
	w.b.WriteString("<Response><Errors><Error>")
	w.element("Code", api.ErrorCode())
	w.element("Message", api.ErrorMessage())
	w.b.WriteString("</Error></Errors>")
	w.element("RequestID", requestID)
	w.close("Response")
	return w.b.Bytes()
}

// jsonFailure writes the code, the message, and what else a modelled error carries.
func jsonFailure(api smithy.APIError) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	first := true
	jsonName(&b, "__type", &first)
	jsonString(&b, api.ErrorCode())
	jsonName(&b, "message", &first)
	jsonString(&b, api.ErrorMessage())
	v := reflect.Indirect(reflect.ValueOf(api))
	if _, generic := api.(*smithy.GenericAPIError); !generic && v.Kind() == reflect.Struct {
		for _, f := range JSON11.members(v.Type(), true) {
			m := v.Field(f.index)
			if f.name == "Message" || absent(m) {
				continue
			}
			length := b.Len()
			jsonName(&b, f.name, &first)
			if jsonValue(&b, m) != nil {
				b.Truncate(length) // the code and the message matter more than the rest
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// cborFailure writes the message under both names that models give it, because clients compare names exactly.
func cborFailure(api smithy.APIError) []byte {
	w := &cborWriter{}
	w.head(cborMap, 3)
	for _, member := range [][2]string{
		{"__type", api.ErrorCode()}, {"message", api.ErrorMessage()}, {"Message", api.ErrorMessage()},
	} {
		w.text(member[0])
		w.text(member[1])
	}
	return w.b
}

// status is the HTTP status of an error: 400, but for these.
func status(p Protocol, api smithy.APIError) int {
	switch api.ErrorCode() {
	case "PriorRequestNotComplete":
		return http.StatusTooManyRequests
	case AccessDenied, "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
		"UnrecognizedClientException", "SignatureDoesNotMatch", "MissingAuthenticationToken", "InvalidSignatureException":
		return http.StatusForbidden
	case "AuthFailure":
		return http.StatusUnauthorized
	case "RequestLimitExceeded", ServiceUnavailable, "Unavailable":
		return http.StatusServiceUnavailable
	case InternalFailure, "InternalError", "InternalServerError", "HealthUnavailable", "InsufficientCapacity":
		return http.StatusInternalServerError
	case "RequestEntityTooLarge":
		return http.StatusRequestEntityTooLarge
	}
	if api.ErrorFault() == smithy.FaultServer && p != EC2Query {
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
