package world

import "testing"

func TestAWebACLIsFoundByWhatItIsAssociatedWith(t *testing.T) {
	w := testWorld(t, Default())
	if err := w.Change(func(s *State) error {
		s.WebACLs["arn:b"] = &WebACL{ARN: "arn:b", Resources: []string{"lb-b"}}
		s.WebACLs["arn:a"] = &WebACL{ARN: "arn:a", Resources: []string{"lb-x", "lb-a"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]string{"lb-a": "arn:a", "lb-b": "arn:b", "lb-c": ""} {
		if got := w.WebACLOf(resource); got != want {
			t.Errorf("%s has the web ACL %q, want %q", resource, got, want)
		}
	}
}
