package manifest

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	yaml "go.yaml.in/yaml/v3"
)

// Origin is the place that an object was read from.
type Origin struct {
	File string
	// Line is where the object begins, counted from 1; 0 when it is not known.
	Line int
	// source is the document that the object is in, at the way to it, offset what to add to the document's lines.
	source *source
	at     []step
	offset int
}

// source is the text of a document. Its nodes, which know their lines, take thirty times its room: they are only there
// while the document is decoded, and made again when somebody asks for a line that nobody has asked for before.
type source struct {
	text []byte

	mu    sync.Mutex
	root  *yaml.Node
	known map[string]int
}

// LineOf is the line of a field such as "spec.rules[0].host" or "metadata.annotations[<key>]". It is the line of the
// nearest field around it when the object does not have it.
func (o Origin) LineOf(field string) int {
	if o.source == nil {
		return o.Line
	}
	if line := o.source.lineOf(o.at, field); line > 0 {
		return line + o.offset
	}
	return o.Line
}

// forget lets go of the nodes.
func (s *source) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.root = nil
}

// lineOf is the line of a field in the document; 0 when it is not known.
func (s *source) lineOf(at []step, field string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(at, field)
	if line, ok := s.known[key]; ok {
		return line
	}
	root := s.root
	if root == nil {
		var doc yaml.Node
		if yaml.Unmarshal(s.text, &doc) == nil && len(doc.Content) == 1 {
			root = doc.Content[0]
		}
	}
	line := 0
	if root != nil {
		line = lineAt(root, at, field)
	}
	if s.known == nil {
		s.known = map[string]int{}
	}
	s.known[key] = line
	return line
}

// lineAt follows the way to an object and the path of one of its fields as far as they lead.
func lineAt(n *yaml.Node, at []step, field string) (line int) {
	for _, step := range at {
		if _, n = child(n, step); n == nil {
			return 0
		}
	}
	for _, step := range steps(field) {
		key, next := child(n, step)
		if next == nil {
			break
		}
		n = next
		if key.Line > 0 {
			line = key.Line
		}
	}
	return line
}

// step is one part of a field path.
type step struct {
	name string
	// bracket says that it was written in brackets: an index of a list, or a key of a map.
	bracket bool
}

// steps takes a field path apart. Text that does not follow the form gives steps that lead nowhere.
func steps(field string) []step {
	var out []step
	for field != "" {
		if field[0] == '[' {
			end := strings.IndexByte(field, ']')
			if end < 0 {
				end = len(field) - 1
			}
			out = append(out, step{field[1:max(end, 1)], true})
			field = strings.TrimPrefix(field[end+1:], ".")
			continue
		}
		end := strings.IndexAny(field, ".[")
		if end < 0 {
			end = len(field)
		}
		out = append(out, step{field[:end], false})
		field = strings.TrimPrefix(field[end:], ".")
	}
	return out
}

// child follows one step. key is the node whose line stands for the child: its key in a mapping, itself in a sequence.
func child(n *yaml.Node, s step) (key, value *yaml.Node) {
	for range 8 { // an alias of an alias; more than a few are a cycle or a joke
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		// From the end, because the last of two equal keys counts.
		for i := len(n.Content) - 2; i >= 0; i -= 2 {
			if n.Content[i].Value == s.name {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		i, err := strconv.Atoi(s.name)
		if s.bracket && err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}
