package wire

import (
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

var (
	timeType  = reflect.TypeFor[time.Time]()
	bytesType = reflect.TypeFor[[]byte]()
)

// isScalar says whether a type is written as one text.
func isScalar(t reflect.Type) bool {
	if t == timeType || t == bytesType {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return true
	}
	return false
}

// parse fills a scalar from the text of a form.
func (p Protocol) parse(path, text string, v reflect.Value) error {
	if !utf8.ValidString(text) {
		return p.malformed(path, "it is not UTF-8")
	}
	switch v.Type() {
	case timeType:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return p.malformed(path, "%q is not a time of RFC 3339", clip(text))
		}
		v.Set(reflect.ValueOf(t.UTC()))
		return nil
	case bytesType:
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return p.malformed(path, "it is not in base64")
		}
		v.SetBytes(b)
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		return p.setString(path, text, v)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return p.malformed(path, "%q is not true or false", clip(text))
		}
		v.SetBool(text == "true")
		return nil
	case reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return p.malformed(path, "%q is not a whole number of %d bits", clip(text), v.Type().Bits())
		}
		v.SetInt(n)
		return nil
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return p.malformed(path, "%q is not a number", clip(text))
		}
		v.SetFloat(n)
		return nil
	}
	return fmt.Errorf("%s: values of type %s are not decoded", path, v.Type())
}

// setString fills a string, or an enumeration with one of its values.
func (p Protocol) setString(path, text string, v reflect.Value) error {
	if allowed := enumeration(v); allowed != nil && !slices.Contains(allowed, text) {
		return p.beyond(path, text, allowed)
	}
	v.SetString(text)
	return nil
}

// text writes a scalar for XML.
func text(v reflect.Value) string {
	switch v.Type() {
	case timeType:
		t, _ := v.Interface().(time.Time)
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	case bytesType:
		return base64.StdEncoding.EncodeToString(v.Bytes())
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, v.Type().Bits())
	}
	return v.String()
}

// absent says whether a member of an output is left out: nil, or an enumeration without a value. A pointer to an empty string
// and an empty list are not absent.
func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	}
	return false
}
