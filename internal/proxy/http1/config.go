package http1

// Limits bounds heads, in bytes as they arrive, line ends included.
type Limits struct {
	// RequestLine is the longest request line; longer ones are answered 414.
	RequestLine int
	// Field is the longest field line and Head the longest head; longer ones are answered with Status.
	Field int
	Head  int
	// Status is 400 (nginx) or 413 (ELB).
	Status int
	// Fields is the largest number of field lines; more are answered 400.
	Fields int
}

// LimitsNginx is what nginx does with its four buffers of 8 KB.
func LimitsNginx() Limits {
	return Limits{RequestLine: 8 << 10, Field: 8 << 10, Head: 32 << 10, Status: 400, Fields: 256}
}

// LimitsELB is what the quotas of Application Load Balancers say.
func LimitsELB() Limits {
	return Limits{RequestLine: 16 << 10, Field: 16 << 10, Head: 64 << 10, Status: 413, Fields: 256}
}

// Response head limits, in bytes.
const (
	// ResponseHeadELB is the quota of Application Load Balancers.
	ResponseHeadELB = 32 << 10
	// ResponseHeadNginx is our default where nginx has 4 KB; proxy-buffer-size changes it.
	ResponseHeadNginx = 16 << 10
)

// Desync is how a listener treats requests that another parser might frame differently.
type Desync uint8

// Desync modes. Severe findings are refused in every mode, also where ELB's monitor would let them pass: they cannot
// be written again as one unambiguous message.
const (
	// Internal refuses what nginx refuses: both framings together, a repeated Content-Length. Listeners of class nginx.
	Internal Desync = iota
	// Monitor grades and lets Acceptable and Ambiguous requests pass, framed anew.
	Monitor
	// Defensive is Monitor with both connections closed after Ambiguous requests. ELB's default.
	Defensive
	// Strictest refuses everything that is not Compliant.
	Strictest
)

// ParseDesync reads a value of routing.http.desync_mitigation_mode; unknown ones are Defensive.
func ParseDesync(mode string) Desync {
	switch mode {
	case "monitor":
		return Monitor
	case "strictest":
		return Strictest
	}
	return Defensive
}

// Policy is the strictness of a listener where dialects differ.
type Policy struct {
	Desync Desync
	// DropInvalid drops fields whose name is not made of letters, digits and "-": ignore_invalid_headers of nginx (on),
	// routing.http.drop_invalid_header_fields.enabled of ELB (off). Without it any RFC 9110 token passes.
	DropInvalid bool
	// Underscores keeps "_" in names although DropInvalid is set: underscores_in_headers of nginx.
	Underscores bool
}

// Config is what ParseRequest needs to know of a listener. It is never changed and may be shared.
type Config struct {
	Limits Limits
	Policy Policy
	// NormalPath fills Request.NormalPath, and refuses paths that cannot be normalised with 400.
	NormalPath bool
}

// ConfigNginx is the configuration of listeners of DialectNginx.
func ConfigNginx() Config {
	return Config{Limits: LimitsNginx(), Policy: Policy{Desync: Internal, DropInvalid: true}, NormalPath: true}
}

// ConfigELB is the configuration of listeners of DialectELB.
func ConfigELB(mode Desync) Config {
	return Config{Limits: LimitsELB(), Policy: Policy{Desync: mode}}
}
