package wire

// Protocol is how a service writes requests and responses.
type Protocol int

// Protocols. Query is a form with `.member.N` lists answered in XML; EC2Query is EC2's form of it, with flat lists and other
// names; JSON11 is a JSON body whose operation stands in the X-Amz-Target header; CBOR is Smithy's RPC v2: a CBOR body whose
// operation stands in the path. The services of JSON11 take CBOR as well: the SDK's newer modules (tagging) speak only that.
const (
	Query Protocol = iota + 1
	EC2Query
	JSON11
	CBOR
)

// Dialect says how a service is spoken to.
type Dialect struct {
	Service Service
	// Protocol is the service's own; a request in CBOR is decoded and answered with this set to CBOR.
	Protocol Protocol
	// Version is the API version that requests name; empty for JSON11.
	Version string
	// Namespace is the XML namespace of responses; empty for JSON11.
	Namespace string
	// Target is what stands before the dot in X-Amz-Target, and names the service in the paths of CBOR; empty for the others.
	Target string
}

// Dialects lists every service.
func Dialects() []Dialect {
	return []Dialect{
		{ELBv2, Query, "2015-12-01", "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/", ""},
		{EC2, EC2Query, "2016-11-15", "http://ec2.amazonaws.com/doc/2016-11-15/", ""},
		{STS, Query, "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", ""},
		{IAM, Query, "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", ""},
		{ACM, JSON11, "", "", "CertificateManager"},
		{WAFv2, JSON11, "", "", "AWSWAF_20190729"},
		{WAF, JSON11, "", "", "AWSWAF_Regional_20161128"},
		{Shield, JSON11, "", "", "AWSShield_20160616"},
		{Tagging, JSON11, "", "", "ResourceGroupsTaggingAPI_20170126"},
	}
}

// Speaks is how a service is spoken to.
func Speaks(s Service) (Dialect, bool) {
	for _, d := range Dialects() {
		if d.Service == s {
			return d, true
		}
	}
	return Dialect{}, false
}

// Form says whether requests are forms.
func (p Protocol) Form() bool { return p == Query || p == EC2Query }

// Limits of what is decoded. A request beyond them is refused before anything is made of it.
const (
	// MaxBody is the size of a request's body in bytes.
	MaxBody = 1 << 20
	// maxParameters is the number of values of a form.
	maxParameters = 20_000
	// maxDepth is how deep members may be nested.
	maxDepth = 32
	// maxList is the number of elements of a list. The longest that AWS takes has 1000.
	maxList = 2000
)
