package sign

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	ending    = "aws4_request"
)

// Signature is what a request says about how it was signed.
type Signature struct {
	AccessKey string
	// Date is the day of the scope, as in 20261130; Region and Service are the rest of it.
	Date, Region string
	Service      wire.Service

	headers   []string
	signature string
	at        time.Time
	// lifetime is how long a presigned request is good for; 0 for signatures in headers.
	lifetime time.Duration
}

// malformed says that a signature cannot be read.
func malformed(format string, args ...any) error {
	return wire.Errorf("IncompleteSignature", format, args...)
}

// Read reads the signature of a request; nil when it has none. query are the parameters of the URL.
func Read(r *http.Request, query url.Values) (*Signature, error) {
	if all := r.Header.Values("Authorization"); len(all) > 1 {
		return nil, malformed("There is more than one Authorization header")
	}
	if header := r.Header.Get("Authorization"); header != "" {
		if query.Has("X-Amz-Signature") {
			return nil, malformed("The request is signed in its headers and in its parameters")
		}
		return fromHeader(r, header)
	}
	if query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Credential") || query.Has("X-Amz-Signature") {
		return fromQuery(query)
	}
	return nil, nil
}

func fromHeader(r *http.Request, header string) (*Signature, error) {
	kind, rest, _ := strings.Cut(header, " ")
	if kind != algorithm {
		return nil, malformed("Authorization must begin with %s", algorithm)
	}
	parts := map[string]string{}
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[name]; twice {
			return nil, malformed("Authorization has %s twice", name)
		}
		parts[name] = value
	}
	s := &Signature{signature: parts["Signature"], headers: strings.Split(parts["SignedHeaders"], ";")}
	if len(parts) != 3 || parts["Credential"] == "" || parts["SignedHeaders"] == "" || s.signature == "" {
		return nil, malformed("Authorization must hold Credential, SignedHeaders and Signature")
	}
	date := r.Header.Get("X-Amz-Date")
	if date == "" {
		return nil, malformed("The X-Amz-Date header is missing")
	}
	return s, s.complete(parts["Credential"], date)
}

func fromQuery(q url.Values) (*Signature, error) {
	if q.Get("X-Amz-Algorithm") != algorithm {
		return nil, malformed("X-Amz-Algorithm must be %s", algorithm)
	}
	seconds := q.Get("X-Amz-Expires")
	if seconds == "" {
		seconds = "900" // what AWS takes when nothing is said
	}
	lifetime, err := time.ParseDuration(seconds + "s")
	if err != nil || lifetime <= 0 || lifetime > 7*24*time.Hour {
		return nil, malformed("X-Amz-Expires must be from 1 to 604800 seconds")
	}
	s := &Signature{
		signature: q.Get("X-Amz-Signature"), headers: strings.Split(q.Get("X-Amz-SignedHeaders"), ";"), lifetime: lifetime,
	}
	if s.signature == "" || q.Get("X-Amz-SignedHeaders") == "" {
		return nil, malformed("X-Amz-SignedHeaders and X-Amz-Signature must be given")
	}
	return s, s.complete(q.Get("X-Amz-Credential"), q.Get("X-Amz-Date"))
}

// complete reads the credential, KEY/DATE/REGION/SERVICE/aws4_request, and the time.
func (s *Signature) complete(credential, date string) error {
	parts := strings.Split(credential, "/")
	if len(parts) < 5 {
		return malformed("Credential must have the form KEY/DATE/REGION/SERVICE/%s", ending)
	}
	scope := parts[len(parts)-4:]
	s.AccessKey = strings.Join(parts[:len(parts)-4], "/")
	s.Date, s.Region, s.Service = scope[0], scope[1], wire.Service(scope[2])
	var err error
	s.at, err = time.Parse("20060102T150405Z", date)
	switch {
	case s.AccessKey == "" || s.Region == "" || s.Service == "" || scope[3] != ending:
		return malformed("Credential must have the form KEY/DATE/REGION/SERVICE/%s", ending)
	case err != nil:
		return malformed("X-Amz-Date must have the form 20060102T150405Z")
	case s.Date != date[:8]:
		return malformed("The date of Credential is not that of X-Amz-Date")
	case !slices.Contains(s.headers, "host"):
		return malformed("The host header must be signed")
	}
	return nil
}

// Scoped refuses a signature for another region than the API's. Services that AWS has once for all regions are signed for
// us-east-1 by some clients.
func (s *Signature) Scoped(region string) error {
	global := s.Service == wire.STS || s.Service == wire.IAM || s.Service == wire.Shield || s.Service == wire.WAFv2
	if s.Region == region || global && s.Region == "us-east-1" {
		return nil
	}
	code := "SignatureDoesNotMatch"
	if s.Service == wire.EC2 {
		code = "AuthFailure"
	}
	return wire.Errorf(code, "Credential should be scoped to the region %s, not %s: this API stands for one region", region, s.Region)
}
