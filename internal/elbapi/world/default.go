package world

import (
	_ "embed"
	"fmt"
)

//go:embed default.yaml
var defaultFile []byte

// Default is the world of `gwanmun elbapi` and `gwanmun local` when no file is given: ap-northeast-2 with three zones, a VPC
// with a public and a private subnet in each, two instances that stand for the nodes of the cluster gwanmun-local, and two
// generated certificates.
func Default() *File {
	f, err := Parse(defaultFile)
	if err != nil {
		panic(fmt.Sprintf("world: the default file: %v", err)) // a test reads it
	}
	return f
}

// DefaultText is the default world as a file, with comments, to begin one's own with.
func DefaultText() string { return string(defaultFile) }
