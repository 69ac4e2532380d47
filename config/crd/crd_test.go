package crd

import (
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// definition is as much of a CustomResourceDefinition as the tests look at.
type definition struct {
	Metadata struct{ Name string }
	Spec     struct {
		Group, Scope string
		Names        struct{ Kind, Plural string }
		Versions     []struct {
			Name                     string
			Served, Storage          bool
			AdditionalPrinterColumns []struct {
				Name     string
				Priority int
			}
			Schema struct{ OpenAPIV3Schema schema }
		}
	}
}

type schema struct {
	Type                 string
	Properties           map[string]schema
	Items                *schema
	AdditionalProperties *schema
}

func load(t *testing.T, name string) definition {
	t.Helper()
	text, err := fs.ReadFile(Files, name)
	if err != nil {
		t.Fatal(err)
	}
	var d definition
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// fieldsOf lists the paths of all fields of a type by their JSON names.
func fieldsOf(of reflect.Type, at string) []string {
	switch {
	case of.Kind() == reflect.Pointer:
		return fieldsOf(of.Elem(), at)
	case of.Kind() == reflect.Slice:
		return fieldsOf(of.Elem(), at+"[]")
	case of.Kind() == reflect.Map:
		return fieldsOf(of.Elem(), at+"{}")
	case of == reflect.TypeFor[intstr.IntOrString](), of == reflect.TypeFor[metav1.Time](), of.Kind() != reflect.Struct:
		return []string{at}
	}
	var out []string
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		out = append(out, fieldsOf(of.Field(i).Type, at+"."+name)...)
	}
	return out
}

func leaves(s *schema, at string) []string {
	switch {
	case s.Items != nil:
		return leaves(s.Items, at+"[]")
	case s.AdditionalProperties != nil:
		return leaves(s.AdditionalProperties, at+"{}")
	case len(s.Properties) == 0:
		return []string{at}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		inner := s.Properties[name]
		out = append(out, leaves(&inner, at+"."+name)...)
	}
	return out
}

func TestSchemasHaveExactlyTheFieldsOfTheTypes(t *testing.T) {
	for _, c := range []struct {
		file string
		spec reflect.Type
	}{
		{"elbv2.k8s.aws_targetgroupbindings.yaml", reflect.TypeFor[elbv2.TargetGroupBindingSpec]()},
		{"elbv2.k8s.aws_ingressclassparams.yaml", reflect.TypeFor[elbv2.IngressClassParamsSpec]()},
	} {
		t.Run(c.file, func(t *testing.T) {
			d := load(t, c.file)
			for _, v := range d.Spec.Versions {
				spec := v.Schema.OpenAPIV3Schema.Properties["spec"]
				want := fieldsOf(c.spec, "")
				slices.Sort(want)
				got := leaves(&spec, "")
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: fields of the type and of the schema differ (-type +schema):\n%s", v.Name, diff)
				}
			}
		})
	}
}

func TestColumnsAreThoseOfTheTutorials(t *testing.T) {
	for file, want := range map[string]string{
		"elbv2.k8s.aws_targetgroupbindings.yaml": "SERVICE-NAME SERVICE-PORT TARGET-TYPE AGE",
		"elbv2.k8s.aws_ingressclassparams.yaml":  "GROUP-NAME SCHEME IP-ADDRESS-TYPE AGE",
	} {
		d := load(t, file)
		if d.Metadata.Name != d.Spec.Names.Plural+"."+elbv2.Group || d.Spec.Group != elbv2.Group {
			t.Errorf("%s: the name %s does not belong to %s", file, d.Metadata.Name, d.Spec.Names.Plural)
		}
		var shown []string
		for _, column := range d.Spec.Versions[0].AdditionalPrinterColumns {
			if column.Priority == 0 {
				shown = append(shown, column.Name)
			}
		}
		if got := strings.Join(shown, " "); got != want {
			t.Errorf("%s: kubectl get shows %q, want %q", file, got, want)
		}
		if v := d.Spec.Versions[0]; v.Name != elbv2.Version || !v.Served || !v.Storage {
			t.Errorf("%s: the first version must be the stored %s", file, elbv2.Version)
		}
	}
}
