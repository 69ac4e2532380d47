package v1beta1

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// fill sets every member, with two elements in every list, so that a member that a copy forgets or shares shows.
func fill(v reflect.Value) {
	if v.Type() == reflect.TypeFor[metav1.Time]() {
		v.Set(reflect.ValueOf(metav1.Unix(1, 0)))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[time.Time]() && v.Type().Field(i).Name != "ManagedFields" {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fill(value)
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), value)
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	}
}

// addresses gathers what a value points at.
func addresses(v reflect.Value, into map[uintptr]string, at string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			if v.Type() != reflect.TypeFor[*time.Location]() {
				into[v.Pointer()] = at
				addresses(v.Elem(), into, at)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				addresses(v.Field(i), into, at+"."+v.Type().Field(i).Name)
			}
		}
	case reflect.Slice:
		if v.Len() > 0 {
			into[v.Pointer()] = at
		}
		for i := range v.Len() {
			addresses(v.Index(i), into, at+"[]")
		}
	case reflect.Map:
		into[v.Pointer()] = at
		for _, k := range v.MapKeys() {
			addresses(v.MapIndex(k), into, at+"{}")
		}
	}
}

func TestACopyIsEqualAndSharesNothing(t *testing.T) {
	for _, from := range []runtime.Object{
		&TargetGroupBinding{}, &TargetGroupBindingList{}, &IngressClassParams{}, &IngressClassParamsList{},
	} {
		t.Run(reflect.TypeOf(from).Elem().Name(), func(t *testing.T) {
			fill(reflect.ValueOf(from).Elem())
			to := from.DeepCopyObject()
			if diff := cmp.Diff(from, to); diff != "" {
				t.Fatalf("the copy differs (-from +to):\n%s", diff)
			}
			theirs, ours := map[uintptr]string{}, map[uintptr]string{}
			addresses(reflect.ValueOf(from).Elem(), theirs, "")
			addresses(reflect.ValueOf(to).Elem(), ours, "")
			for p, at := range ours {
				if _, shared := theirs[p]; shared {
					t.Errorf("the copy shares %s", at)
				}
			}
		})
	}
}

func TestASchemeKnowsTheTypes(t *testing.T) {
	s := runtime.NewScheme()
	if err := AddToScheme(s); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{KindTargetGroupBinding, KindIngressClassParams, KindTargetGroupBinding + "List"} {
		if !s.Recognizes(GroupVersion().WithKind(kind)) {
			t.Errorf("%s is not known", kind)
		}
	}
	b := TargetGroupBinding{Spec: TargetGroupBindingSpec{ServiceRef: ServiceReference{Port: intstr.FromString("http")}}}
	if b.DeepCopy().Spec.ServiceRef.Port.StrVal != "http" {
		t.Error("the port's name is gone")
	}
}
