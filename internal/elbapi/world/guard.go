package world

import (
	"encoding/json"
	"slices"
)

// WebACL is a web ACL of WAFv2, as much of it as its calls show. Nothing inspects requests.
type WebACL struct {
	ARN  string `json:"arn"`
	ID   string `json:"id"`
	Name string `json:"name"`
	// Scope is REGIONAL or CLOUDFRONT; REGIONAL when empty.
	Scope       string `json:"scope,omitempty"`
	Description string `json:"description,omitempty"`
	// LockToken changes whenever the ACL does.
	LockToken string `json:"lockToken,omitempty"`
	// Body is what CreateWebACL was given, in its own words.
	Body json.RawMessage `json:"body,omitempty"`
	// Resources are the ARNs that it is associated with.
	Resources []string `json:"resources,omitempty"`
	Tags      Tags     `json:"tags,omitempty"`
}

// Protection is a protection of Shield Advanced. Nothing is protected by it.
type Protection struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Resource string `json:"resource"`
	Tags     Tags   `json:"tags,omitempty"`
}

// Shield is the account's Shield Advanced.
type Shield struct {
	// Subscribed is whether the account pays for it; false by default, as for most accounts.
	Subscribed  bool         `json:"subscribed,omitempty"`
	Protections []Protection `json:"protections,omitempty"`
}

// ServerCertificate is a certificate of IAM, the older place for certificates of load balancers.
type ServerCertificate struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Path  string `json:"path,omitempty"`
	Chain string `json:"chain"`
	Key   string `json:"key"`
}

// WebACLOf is the ARN of the web ACL that a resource is associated with; empty without one.
func (w *World) WebACLOf(resource string) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	found := ""
	for arn, acl := range w.state.WebACLs { // a resource has one at most
		if slices.Contains(acl.Resources, resource) && (found == "" || arn < found) {
			found = arn
		}
	}
	return found
}
