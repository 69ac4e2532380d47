package manifest

import (
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// Origin is the place that an object was read from.
type Origin struct {
	File string
	// Line is where the object begins, counted from 1; 0 when it is not known.
	Line int
	// node is the object's YAML, offset what to add to its line numbers.
	node   *yaml.Node
	offset int
}

// LineOf is the line of a field such as "spec.rules[0].host" or "metadata.annotations[<key>]". It is the line of the
// nearest field around it when the object does not have it.
func (o Origin) LineOf(field string) int {
	if o.node == nil {
		return o.Line
	}
	line := o.Line
	n := o.node
	for _, step := range steps(field) {
		key, next := child(n, step)
		if next == nil {
			break
		}
		n = next
		if key.Line > 0 {
			line = key.Line + o.offset
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
