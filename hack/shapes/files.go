package shapes

import (
	"fmt"
	"go/format"
)

// File is a generated file.
type File struct {
	// Path is relative to the root of the module.
	Path, Text string
}

// Files makes every table. It needs the go command and the SDK's modules, which go.mod names.
func Files() ([]File, error) {
	names, err := ec2Names()
	if err != nil {
		return nil, err
	}
	members, err := required()
	if err != nil {
		return nil, err
	}
	out := []File{
		{"internal/elbapi/wire/table_ec2names.go", namesFile(names)},
		{"internal/elbapi/wire/table_required.go", requiredFile(members)},
	}
	for i := range out {
		text, err := format.Source([]byte(out[i].Text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", out[i].Path, err)
		}
		out[i].Text = string(text)
	}
	return out, nil
}
