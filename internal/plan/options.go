package plan

import "strings"

// Policy says how far a plan may take things away.
type Policy string

// Policies.
const (
	// Sync makes observed what is desired; it is the policy when none is named.
	Sync Policy = "sync"
	// NeverDelete keeps every load balancer, listener, rule, target group and security group that is there; what is inside
	// of them (targets, certificates, permissions, tags) follows.
	NeverDelete Policy = "never-delete"
	// UpsertOnly creates and changes, and takes nothing away at all.
	UpsertOnly Policy = "upsert-only"
)

// Policies lists all of them, for flags and messages.
func Policies() []Policy { return []Policy{Sync, NeverDelete, UpsertOnly} }

// Options of a comparison. The zero value syncs everything.
type Options struct {
	Policy Policy
	// TargetsOfNewOnly registers targets of target groups that the plan creates and leaves those of others alone: they are
	// the affair of whoever follows endpoints.
	TargetsOfNewOnly bool
	// ForeignTags are keys of tags that others manage: they are neither added nor removed. Those that begin with "aws:"
	// are never touched.
	ForeignTags []string
}

// deletes says which calls take a whole resource away; removes, which take something out of a resource.
func (c Call) deletes() bool { return strings.HasPrefix(string(c), "Delete") && c != DeleteProtection }

func (c Call) removes() bool {
	switch c {
	case RemoveListenerCertificates, DeregisterTargets, RevokeSecurityGroupIngress, RemoveTags, DisassociateWebACL, DeleteProtection:
		return true
	}
	return false
}

// withholds says whether the policy forbids a call.
func (p Policy) withholds(c Call) bool {
	switch p {
	case NeverDelete:
		return c.deletes()
	case UpsertOnly:
		return c.deletes() || c.removes()
	}
	return false
}
