package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8sjson "k8s.io/apimachinery/pkg/util/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Object is one object with its place.
type Object struct {
	Key objects.Key
	// Value is a pointer to the API type: *networkingv1.Ingress, *appsv1.Deployment. It must not be changed.
	Value  metav1.Object
	Origin Origin
}

// decoder decodes the documents of one file.
type decoder struct {
	file    string
	objects []Object
	diags   []diag.Diagnostic
	// broken says that some object could not be read.
	broken bool
	// ignored counts objects of kinds that are not read, by "apiVersion kind".
	ignored map[string]*ignoredKind
}

type ignoredKind struct{ count, line int }

// decoded is what one document of a file holds.
type decoded struct {
	// line is where the document began.
	line    int
	objects []Object
	diags   []diag.Diagnostic
	broken  bool
	ignored map[string]*ignoredKind
}

// fingerprint tells documents apart.
type fingerprint [sha256.Size]byte

// decodeFile decodes all documents of a file. One that is broken does not keep the others from being read. Documents that
// are among those before are not decoded again: the change of one object costs one object, however many there are beside it.
func decodeFile(file string, data []byte, before map[fingerprint]*decoded) (*decoder, map[fingerprint]*decoded) {
	all := &decoder{file: file, ignored: map[string]*ignoredKind{}}
	now := map[fingerprint]*decoded{}
	for _, doc := range split(data) {
		print := fingerprint(sha256.Sum256(doc.text))
		one := before[print].at(doc.line)
		if one == nil {
			one = decodeDocument(file, doc)
		}
		now[print] = one
		all.add(one)
	}
	for _, name := range slices.Sorted(maps.Keys(all.ignored)) {
		ignored := all.ignored[name]
		all.report(diag.ManifestIgnoredKind, fileObject(file), "", ignored.line, diag.A("kind", name), diag.A("count", ignored.count))
	}
	return all, now
}

func decodeDocument(file string, doc document) *decoded {
	d := &decoder{file: file, ignored: map[string]*ignoredKind{}}
	d.document(doc)
	return &decoded{line: doc.line, objects: d.objects, diags: d.diags, broken: d.broken, ignored: d.ignored}
}

// at is the same document at another line of its file; nil when it must be decoded again, because what was reported of it
// names lines.
func (d *decoded) at(line int) *decoded {
	if d == nil || d.line == line {
		return d
	}
	if len(d.diags) > 0 || len(d.ignored) > 0 {
		return nil
	}
	moved := *d
	moved.line = line
	moved.objects = slices.Clone(d.objects)
	for i := range moved.objects {
		origin := &moved.objects[i].Origin
		origin.Line += line - d.line
		origin.offset += line - d.line
	}
	return &moved
}

// add joins what a document holds.
func (d *decoder) add(one *decoded) {
	d.objects = append(d.objects, one.objects...)
	d.diags = append(d.diags, one.diags...)
	d.broken = d.broken || one.broken
	for name, ignored := range one.ignored { // order does not matter: they are counted by name
		if d.ignored[name] == nil {
			d.ignored[name] = &ignoredKind{line: ignored.line}
		}
		d.ignored[name].count += ignored.count
	}
}

func (d *decoder) report(m diag.Message, object diag.Object, field string, line int, args ...diag.Arg) {
	x := diag.New(m, object, field, args...)
	x.File, x.Line = d.file, line
	d.diags = append(d.diags, x)
	if m.Level == diag.Error {
		d.broken = true
	}
}

func (d *decoder) document(doc document) {
	asJSON, root, err := parse(doc.text)
	if err != nil {
		d.broken = true
		d.diags = append(d.diags, explainSyntax(doc, err).diagnostic(d.file))
		return
	}
	origin := Origin{File: d.file, Line: doc.line, source: &source{text: bytes.Clone(doc.text), root: root}, offset: doc.line - 1}
	defer origin.source.forget()
	if root != nil {
		origin.Line = root.Line + origin.offset
		d.repeatedKeys(root, origin, 0)
	}
	d.object(asJSON, origin, "")
}

// parse reads one document as JSON, by the same rules as Kubernetes' own tools, and as nodes, which know their lines. A
// document that is JSON already may have no nodes.
func parse(text []byte) ([]byte, *yaml.Node, error) {
	var doc yaml.Node
	err := yaml.Unmarshal(text, &doc)
	var root *yaml.Node
	if err == nil && len(doc.Content) == 1 {
		root = doc.Content[0]
	}
	if json.Valid(text) {
		return text, root, nil
	}
	if err != nil {
		return nil, nil, err
	}
	asJSON, err := sigsyaml.YAMLToJSON(text)
	if err != nil {
		return nil, nil, errors.New(strings.TrimPrefix(err.Error(), "error converting YAML to JSON: "))
	}
	return asJSON, root, nil
}

// repeatedKeys reports keys that stand twice in a mapping; the last one counts.
func (d *decoder) repeatedKeys(n *yaml.Node, origin Origin, depth int) {
	if depth > 200 || n.Kind == yaml.AliasNode {
		return
	}
	seen := map[string]int{}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if first, ok := seen[c.Value]; ok && c.Kind == yaml.ScalarNode && c.Value != "<<" {
				d.report(diag.ManifestRepeatedKey, fileObject(d.file), "", c.Line+origin.offset,
					diag.A("key", c.Value), diag.A("first", first+origin.offset), diag.A("line", c.Line+origin.offset))
			}
			seen[c.Value] = c.Line
			continue
		}
		d.repeatedKeys(c, origin, depth+1)
	}
}

// object decodes one object. listOf is "apiVersion kind" of the items of a typed list, which may leave both out.
func (d *decoder) object(asJSON []byte, origin Origin, listOf string) {
	var generic any
	dec := json.NewDecoder(bytes.NewReader(asJSON))
	dec.UseNumber()
	if err := dec.Decode(&generic); err != nil {
		d.report(diag.ManifestNotAnObject, fileObject(d.file), "", origin.Line)
		return
	}
	m, ok := generic.(map[string]any)
	if !ok {
		d.report(diag.ManifestNotAnObject, fileObject(d.file), "", origin.Line)
		return
	}
	apiVersion, _ := m["apiVersion"].(string)
	name, _ := m["kind"].(string)
	if listVersion, item, ok := strings.Cut(listOf, " "); ok && name == "" && apiVersion == "" {
		apiVersion, name = listVersion, item
	}
	if apiVersion == "" || name == "" {
		d.report(diag.ManifestNoKind, fileObject(d.file), "", origin.Line)
		return
	}
	if items, ok := m["items"].([]any); ok && strings.HasSuffix(name, "List") {
		d.list(asJSON, items, origin, apiVersion+" "+strings.TrimSuffix(name, "List"))
		return
	}
	k, known := findKind(apiVersion, name)
	switch {
	case k != nil:
		d.known(k, asJSON, m, origin)
	case known != nil:
		object := diag.Object{Kind: name, Namespace: textAt(m, "namespace"), Name: textAt(m, "name")}
		d.report(diag.ManifestUnknownVersion, object, "apiVersion", origin.LineOf("apiVersion"),
			diag.A("version", apiVersion), diag.A("kind", name), diag.A("current", known.currentVersion()))
	default:
		key := apiVersion + " " + name
		if d.ignored[key] == nil {
			d.ignored[key] = &ignoredKind{line: origin.Line}
		}
		d.ignored[key].count++
	}
}

func (k *kind) currentVersion() string {
	if k.current != "" {
		return k.current
	}
	return k.apiVersion
}

func textAt(m map[string]any, field string) string {
	meta, _ := m["metadata"].(map[string]any)
	s, _ := meta[field].(string)
	return s
}

// list decodes the items of a List.
func (d *decoder) list(asJSON []byte, items []any, origin Origin, itemKind string) {
	if itemKind == "v1 " {
		itemKind = ""
	}
	var raw struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(asJSON, &raw); err != nil || len(raw.Items) != len(items) {
		d.report(diag.ManifestNotAnObject, fileObject(d.file), "", origin.Line)
		return
	}
	for i, item := range raw.Items {
		place := origin
		place.Line = origin.LineOf(fmt.Sprintf("items[%d]", i))
		place.at = append(slices.Clip(origin.at), step{name: "items"}, step{fmt.Sprint(i), true})
		d.object(item, place, itemKind)
	}
}

// known decodes an object of a kind that is read.
func (d *decoder) known(k *kind, asJSON []byte, generic map[string]any, origin Origin) {
	object := diag.Object{Kind: string(k.kind), Namespace: textAt(generic, "namespace"), Name: textAt(generic, "name")}
	if !k.cluster && object.Namespace == "" {
		object.Namespace = metav1.NamespaceDefault
	}
	value := k.make()
	bad := d.fields(k, generic, value, object, origin)
	bad = d.base64(k, generic, object, origin) || bad
	if bad {
		return
	}
	if err := k8sjson.Unmarshal(asJSON, value); err != nil {
		reason := strings.TrimPrefix(err.Error(), "json: ")
		if k.kind == objects.KindSecret {
			reason = "a value has the wrong form" // the decoder's words may hold the value
		}
		d.report(diag.ManifestUndecodable, object, "", origin.Line, diag.A("reason", reason))
		return
	}
	if k.convert != nil {
		value = k.convert(value)
	}
	faults := checkMeta(value)
	if ing, ok := value.(*networkingv1.Ingress); ok && len(faults) == 0 {
		faults = checkIngress(ing)
	}
	for _, f := range faults {
		d.report(diag.ManifestRefused, object, f.field, origin.LineOf(f.field), diag.A("reason", f.reason), diag.A("remedy", f.remedy))
	}
	if len(faults) > 0 {
		return
	}
	if k.current != "" {
		d.report(diag.ManifestConverted, object, "apiVersion", origin.LineOf("apiVersion"),
			diag.A("version", k.apiVersion), diag.A("current", k.current))
	}
	setDefaults(k, value)
	key := objects.Key{Kind: k.kind, Name: objects.Name{Namespace: value.GetNamespace(), Name: value.GetName()}}
	d.objects = append(d.objects, Object{Key: key, Value: value, Origin: origin})
}

// fields reports unknown fields and values of the wrong kind; it is true when one of the latter keeps the object out.
func (d *decoder) fields(k *kind, generic map[string]any, value metav1.Object, object diag.Object, origin Origin) bool {
	bad := false
	for _, f := range compare(generic, reflect.TypeOf(value)) {
		line := origin.LineOf(f.path)
		if !f.unknown {
			hint := "write " + f.want
			if f.text {
				hint = "put the value in quotes"
			}
			d.report(diag.ManifestWrongKind, object, f.path, line, diag.A("got", f.got), diag.A("want", f.want), diag.A("hint", hint))
			bad = true
			continue
		}
		d.report(diag.ManifestUnknownField, object, f.path, line, diag.A("hint", unknownHint(k, f)))
	}
	return bad
}

func unknownHint(k *kind, f finding) string {
	name := f.path[strings.LastIndexByte(f.path, '.')+1:]
	switch {
	case f.mislaid != "":
		return fmt.Sprintf("%s beside it is empty: indent %s and its lines so that they stand below %s", f.mislaid, name, f.mislaid)
	case k.kind == objects.KindIngress && (name == "serviceName" || name == "servicePort"):
		return "in networking.k8s.io/v1 a backend is service: {name: ..., port: {number: ...}}"
	case k.kind == objects.KindIngress && f.path == "spec.backend":
		return "in networking.k8s.io/v1 it is called defaultBackend"
	case f.near != "":
		return "did you mean " + f.near + "? Otherwise remove it, or look at its indentation"
	}
	return "remove it, or look at its indentation: it may belong to another field"
}

// base64 checks the data of a Secret, without ever showing a value.
func (d *decoder) base64(k *kind, generic map[string]any, object diag.Object, origin Origin) bool {
	data, ok := generic["data"].(map[string]any)
	if !ok || k.kind != objects.KindSecret {
		return false
	}
	bad := false
	for _, key := range slices.Sorted(maps.Keys(data)) {
		text, ok := data[key].(string)
		if !ok {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			field := "data[" + key + "]"
			d.report(diag.ManifestNotBase64, object, field, origin.LineOf(field))
			bad = true
		}
	}
	return bad
}
