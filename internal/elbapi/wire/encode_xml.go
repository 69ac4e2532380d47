package wire

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"reflect"
	"slices"
)

// xmlWriter writes elements.
type xmlWriter struct {
	b bytes.Buffer
	p Protocol
}

func (w *xmlWriter) open(name string)  { w.b.WriteString("<" + name + ">") }
func (w *xmlWriter) close(name string) { w.b.WriteString("</" + name + ">") }

// element writes an element that holds text.
func (w *xmlWriter) element(name, content string) {
	w.open(name)
	_ = xml.EscapeText(&w.b, []byte(content)) // a buffer takes everything
	w.close(name)
}

// encodeXML writes the response of an operation of the Query protocols.
func encodeXML(d Dialect, operation, requestID string, out any) ([]byte, error) {
	v := reflect.Indirect(reflect.ValueOf(out))
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s %s: the output is %T", d.Service, operation, out)
	}
	w := &xmlWriter{p: d.Protocol}
	fmt.Fprintf(&w.b, `<%sResponse xmlns="%s">`, operation, d.Namespace)
	if d.Protocol == EC2Query {
		w.element("requestId", requestID)
		if len(d.Protocol.members(v.Type(), true)) == 0 {
			w.element("return", "true") // operations without an output say that they are done
		}
		if err := w.structure(v); err != nil {
			return nil, err
		}
	} else {
		w.open(operation + "Result")
		if err := w.structure(v); err != nil {
			return nil, err
		}
		w.close(operation + "Result")
		w.open("ResponseMetadata")
		w.element("RequestId", requestID)
		w.close("ResponseMetadata")
	}
	w.close(operation + "Response")
	return w.b.Bytes(), nil
}

func (w *xmlWriter) structure(v reflect.Value) error {
	for _, f := range w.p.members(v.Type(), true) {
		if err := w.value(f.name, f.item, v.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

// value writes an element for a value, and nothing for an absent one.
func (w *xmlWriter) value(name, item string, v reflect.Value) error {
	if absent(v) {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	t := v.Type()
	switch {
	case isScalar(t):
		w.element(name, text(v))
		return nil
	case t.Kind() == reflect.Struct:
		w.open(name)
		if err := w.structure(v); err != nil {
			return err
		}
		w.close(name)
		return nil
	case t.Kind() == reflect.Slice:
		w.open(name)
		for i := range v.Len() {
			if err := w.present(item, v.Index(i)); err != nil {
				return err
			}
		}
		w.close(name)
		return nil
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return w.mapping(name, v)
	}
	return fmt.Errorf("%s: values of type %s are not encoded", name, t)
}

// present writes an element of a list, which is there even if it is an empty text.
func (w *xmlWriter) present(name string, v reflect.Value) error {
	if v.Kind() == reflect.String {
		w.element(name, v.String())
		return nil
	}
	return w.value(name, "member", v)
}

func (w *xmlWriter) mapping(name string, v reflect.Value) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	w.open(name)
	for _, k := range keys {
		w.open("entry")
		w.element("key", k.String())
		if err := w.present("value", v.MapIndex(k)); err != nil {
			return err
		}
		w.close("entry")
	}
	w.close(name)
	return nil
}
