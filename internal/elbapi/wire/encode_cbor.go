package wire

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"
)

// cborEpoch is the tag of times (RFC 8949 section 3.4.2).
const cborEpoch = 1

// cborWriter writes items.
type cborWriter struct{ b []byte }

func (w *cborWriter) head(major byte, n uint64) {
	switch {
	case n < 24:
		w.b = append(w.b, major<<5|byte(n))
	case n <= math.MaxUint8:
		w.b = append(w.b, major<<5|24, byte(n))
	case n <= math.MaxUint16:
		w.b = binary.BigEndian.AppendUint16(append(w.b, major<<5|25), uint16(n))
	case n <= math.MaxUint32:
		w.b = binary.BigEndian.AppendUint32(append(w.b, major<<5|26), uint32(n))
	default:
		w.b = binary.BigEndian.AppendUint64(append(w.b, major<<5|27), n)
	}
}

func (w *cborWriter) text(s string) {
	w.head(cborText, uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *cborWriter) float(f float64) {
	w.b = binary.BigEndian.AppendUint64(append(w.b, cborSimple<<5|27), math.Float64bits(f))
}

// encodeCBOR writes an output as a map.
func encodeCBOR(out any) ([]byte, error) {
	v := reflect.Indirect(reflect.ValueOf(out))
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the output is %T", out)
	}
	w := &cborWriter{}
	err := w.structure(v)
	return w.b, err
}

func (w *cborWriter) structure(v reflect.Value) error {
	fields := slices.DeleteFunc(CBOR.members(v.Type(), true), func(f field) bool { return absent(v.Field(f.index)) })
	w.head(cborMap, uint64(len(fields)))
	for _, f := range fields {
		w.text(f.name)
		if err := w.value(v.Field(f.index)); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}

func (w *cborWriter) value(v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			w.b = append(w.b, cborSimple<<5|22)
			return nil
		}
		v = v.Elem()
	}
	t := v.Type()
	switch {
	case t == timeType:
		at, _ := v.Interface().(time.Time)
		w.head(cborTag, cborEpoch)
		w.float(float64(at.UnixMilli()) / 1000)
		return nil
	case t == bytesType:
		w.head(cborBytes, uint64(v.Len()))
		w.b = append(w.b, v.Bytes()...)
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		w.text(v.String())
	case reflect.Bool:
		w.b = append(w.b, cborSimple<<5|20)
		if v.Bool() {
			w.b[len(w.b)-1]++
		}
	case reflect.Int32, reflect.Int64:
		if n := v.Int(); n < 0 {
			w.head(cborNegative, uint64(-1-n))
		} else {
			w.head(cborUint, uint64(n))
		}
	case reflect.Float32, reflect.Float64:
		w.float(v.Float())
	case reflect.Struct:
		return w.structure(v)
	case reflect.Slice:
		return w.list(v)
	case reflect.Map:
		return w.table(v)
	default:
		return fmt.Errorf("values of type %s are not encoded", t)
	}
	return nil
}

func (w *cborWriter) list(v reflect.Value) error {
	w.head(cborArray, uint64(v.Len()))
	for i := range v.Len() {
		if err := w.value(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (w *cborWriter) table(v reflect.Value) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	w.head(cborMap, uint64(len(keys)))
	for _, k := range keys {
		w.text(k.String())
		if err := w.value(v.MapIndex(k)); err != nil {
			return err
		}
	}
	return nil
}
