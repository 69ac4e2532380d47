package testkit

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/gwanmun/gwanmun/internal/manifest"
)

// load reads the objects of a section: plain manifests as they are, short forms expanded. It goes through the same reader
// as files of a user, so broken manifests can be cases too.
func load(text string, o Options) (*manifest.Loaded, error) {
	var out strings.Builder
	for _, doc := range documents(text) {
		expanded, err := expandDocument(doc, o)
		if err != nil {
			return nil, err
		}
		out.WriteString(expanded)
		if !strings.HasSuffix(expanded, "\n") {
			out.WriteString("\n")
		}
		out.WriteString("---\n")
	}
	loaded, _ := manifest.NewLoader([]string{manifest.Stdin}, strings.NewReader(out.String()), manifest.Limits{}).Load()
	return loaded, nil
}

// documents splits a YAML stream at its markers.
func documents(text string) []string {
	var out []string
	for _, doc := range strings.Split("\n"+text, "\n---") {
		if strings.TrimSpace(doc) != "" {
			out = append(out, strings.TrimPrefix(doc, "\n"))
		}
	}
	return out
}

// expandDocument leaves everything alone that is not plainly a short form.
func expandDocument(doc string, o Options) (string, error) {
	var head map[string]any
	if err := yaml.Unmarshal([]byte(doc), &head); err != nil || head["apiVersion"] != nil || head["kind"] != nil {
		return doc, nil // the reader of manifests says what is wrong with it, if anything is
	}
	var d short
	if err := yaml.UnmarshalStrict([]byte(doc), &d); err != nil {
		return "", fmt.Errorf("a document in short form: %w", err)
	}
	object, err := d.expand(o)
	if err != nil {
		return "", err
	}
	text, err := yaml.Marshal(object)
	return string(text), err
}
