package nginx

import (
	"errors"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// pairOrOff is "off" or two texts with blanks between: what is replaced and by what.
type pairOrOff struct{}

// Parse reads the two texts; both are empty for off.
func (pairOrOff) Parse(raw string) ([2]string, error) {
	if strings.TrimSpace(raw) == "off" {
		return [2]string{}, nil
	}
	chars := annotation.Chars{Also: urlChars + "*;", What: ""}
	fields := strings.Fields(raw)
	if len(fields) != 2 {
		return [2]string{}, errors.New("it is not two texts")
	}
	for _, f := range fields {
		if _, err := chars.Parse(f); err != nil {
			return [2]string{}, err
		}
	}
	return [2]string{fields[0], fields[1]}, nil
}

// Format is off or the texts.
func (pairOrOff) Format(v [2]string) string {
	if v == ([2]string{}) {
		return "off"
	}
	return v[0] + " " + v[1]
}

// Expected describes pairs.
func (pairOrOff) Expected() string { return "off, or two texts with a blank between" }
