package model

// Rule sends requests that meet all Conditions to Actions.
type Rule struct {
	// Priority orders rules: the lowest matching number wins. 1 to 50000. With DialectELB it is unique in its
	// listener; with DialectNginx it is unique among the rules of one host.
	Priority   int32
	Conditions []Condition
	// Actions: at most one authentication or jwt-validation first, then exactly one forward, redirect or
	// fixed-response.
	Actions    []Action
	Transforms []Transform
	// Policy is per-rule behaviour that ELBv2 lacks; nil for none.
	Policy *Policy
	Tags   []Tag
	Source Source
}

// ConditionField is what a condition looks at.
type ConditionField string

// Condition fields, as ELBv2's RuleCondition.Field; cookie is ours, for nginx canaries.
const (
	HostHeader    ConditionField = "host-header"
	PathPattern   ConditionField = "path-pattern"
	HTTPHeader    ConditionField = "http-header"
	RequestMethod ConditionField = "http-request-method"
	QueryString   ConditionField = "query-string"
	SourceIP      ConditionField = "source-ip"
	Cookie        ConditionField = "cookie"
)

// Condition holds when any of its values matches.
//
// Values are globs for host-header, path-pattern, http-header and query-string: "*" is any run of characters, "?"
// exactly one, and a backslash takes the next character literally. Hosts, header values and query strings compare
// without regard to case, paths and methods with it. With DialectNginx a host value is a name, or "*." and a name,
// which covers exactly one label of [A-Za-z0-9_-]; and paths are the normalised ones.
//
// RegexValues are Go regular expressions (RE2), searched unanchored; a condition has Values or RegexValues.
type Condition struct {
	Field ConditionField
	// Name is the header's name for http-header, the cookie's name for cookie.
	Name        string
	Values      []string
	RegexValues []string
	// Query holds the pairs of query-string.
	Query []QueryValue
}

// QueryValue is a query-string pair. An empty Key matches the value of any key.
type QueryValue struct {
	Key   string
	Value string
}

// TransformType says what a transform rewrites.
type TransformType string

// Transform types, as ELBv2's TransformTypeEnum.
const (
	HostHeaderRewrite TransformType = "host-header-rewrite"
	URLRewrite        TransformType = "url-rewrite"
)

// Transform rewrites the host or the path with query of a request on its way to a target.
type Transform struct {
	Type    TransformType
	Regex   string
	Replace string
}
