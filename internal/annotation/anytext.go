package annotation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// AnyText is a JSON text or whole number; both are common for ports and status codes. A number in quotes is the number.
type AnyText string

// UnmarshalJSON reads a text, a whole number or null.
func (t *AnyText) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if string(data) == "null" {
		return nil
	}
	if len(data) > 0 && data[0] == '"' {
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = AnyText(s)
		return nil
	}
	n, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		return fmt.Errorf("%s is neither text nor a whole number", data)
	}
	*t = AnyText(strconv.FormatInt(n, 10))
	return nil
}
