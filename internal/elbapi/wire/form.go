package wire

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// node is a part of a form, whose names are split at their dots: a value, or parts below it.
type node struct {
	text  string
	given bool
	below map[string]*node
}

// envelope are the parameters that belong to every request of the Query protocols and to no input.
var envelope = map[string]bool{
	"Action": true, "Version": true, "AWSAccessKeyId": true, "Expires": true, "SecurityToken": true, "Signature": true,
	"SignatureMethod": true, "SignatureVersion": true, "Timestamp": true,
}

// tree splits the names of a form.
func (p Protocol) tree(form url.Values) (*node, error) {
	root := &node{}
	if len(form) > maxParameters {
		return nil, p.malformed("", "it has more than %d parameters", maxParameters)
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if envelope[name] || strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		if len(form[name]) > 1 {
			return nil, p.malformed(clip(name), "it is given more than once")
		}
		n := root
		parts := strings.Split(name, ".")
		if len(parts) > maxDepth {
			return nil, p.malformed(clip(name), "it is nested deeper than %d", maxDepth)
		}
		for _, part := range parts {
			n = n.child(part)
		}
		n.text, n.given = form.Get(name), true
	}
	return root, nil
}

func (n *node) child(name string) *node {
	if n.below == nil {
		n.below = map[string]*node{}
	}
	c := n.below[name]
	if c == nil {
		c = &node{}
		n.below[name] = c
	}
	return c
}

// elements are the parts of a list in their order. The numbers must run from 1 without a gap.
func (p Protocol) elements(path string, n *node) ([]*node, error) {
	if len(n.below) > maxList {
		return nil, p.malformed(path, "the list is longer than %d", maxList)
	}
	out := make([]*node, len(n.below))
	for _, name := range slices.Sorted(maps.Keys(n.below)) {
		i, err := strconv.Atoi(name)
		if err != nil || i < 1 || strconv.Itoa(i) != name {
			return nil, p.malformed(join(path, clip(name)), "elements of a list are numbered from 1")
		}
		if i > len(out) {
			return nil, p.malformed(join(path, name), "the elements of the list are not numbered from 1 to %d", len(out))
		}
		out[i-1] = n.below[name]
	}
	return out, nil
}
