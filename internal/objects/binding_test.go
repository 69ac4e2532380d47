package objects

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

func TestBindingsAreFoundByServiceAndByTargetGroupAfterChanges(t *testing.T) {
	put := func(s *Set, name, service, arn string) {
		s.Put(&elbv2.TargetGroupBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
			Spec: elbv2.TargetGroupBindingSpec{
				TargetGroupARN: arn, ServiceRef: elbv2.ServiceReference{Name: service},
			},
		})
	}
	s := NewSet()
	put(s, "a", "web", "arn:1")
	put(s, "b", "web", "")
	put(s, "b", "api", "arn:2")
	put(s, "c", "web", "arn:1")
	s.Delete(Key{KindTargetGroupBinding, Name{"shop", "c"}})
	for _, c := range []struct {
		what string
		got  []Name
		want []Name
	}{
		{"bindings of web", s.BindingsOfService(Name{"shop", "web"}), []Name{{"shop", "a"}}},
		{"bindings of api", s.BindingsOfService(Name{"shop", "api"}), []Name{{"shop", "b"}}},
		{"bindings of another namespace", s.BindingsOfService(Name{"other", "web"}), nil},
		{"bindings of arn:1", s.BindingsOfTargetGroup("arn:1"), []Name{{"shop", "a"}}},
		{"bindings of arn:2", s.BindingsOfTargetGroup("arn:2"), []Name{{"shop", "b"}}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", c.what, c.got, c.want)
		}
	}
	if len(s.TargetGroupBindings()) != 2 || s.TargetGroupBinding(Name{"shop", "c"}) != nil {
		t.Errorf("the set holds %d bindings, want a and b", len(s.TargetGroupBindings()))
	}
}
