package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// skew is how far clocks may be apart, as at AWS.
const skew = 15 * time.Minute

// Verify checks the signature of a request with the secret of its access key. now is the time.
func (s *Signature) Verify(r *http.Request, body []byte, secrets map[string]string, now time.Time) error {
	secret, known := secrets[s.AccessKey]
	if !known {
		code := "InvalidClientTokenId"
		if s.Service == wire.EC2 {
			code = "AuthFailure"
		}
		return wire.Errorf(code, "The access key %q is not known here", s.AccessKey)
	}
	if s.at.After(now.Add(skew)) || now.After(s.at.Add(max(s.lifetime, skew))) {
		return wire.Errorf("RequestExpired", "The request was signed at %s; it is %s now", s.at.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	want := s.sign(secret, s.canonical(r, body))
	if !hmac.Equal([]byte(want), []byte(s.signature)) {
		code := "SignatureDoesNotMatch"
		if s.Service == wire.EC2 {
			code = "AuthFailure"
		}
		return wire.Errorf(code, "The signature is not the one that the secret of the access key gives")
	}
	return nil
}

// canonical is the text that stands for the request.
func (s *Signature) canonical(r *http.Request, body []byte) string {
	var b strings.Builder
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	b.WriteString(r.Method + "\n" + path + "\n" + canonicalQuery(r.URL.Query()) + "\n")
	for _, name := range s.headers {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	digest := r.Header.Get("X-Amz-Content-Sha256")
	if digest != "UNSIGNED-PAYLOAD" {
		sum := sha256.Sum256(body)
		digest = hex.EncodeToString(sum[:])
	}
	b.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + digest)
	return b.String()
}

func canonicalQuery(q url.Values) string {
	var out []string
	for name, values := range q {
		if name == "X-Amz-Signature" {
			continue
		}
		for _, v := range values {
			out = append(out, escape(name)+"="+escape(v))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "&")
}

// escape escapes all but RFC 3986's unreserved characters.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := slices.Clone(r.Header.Values(name))
	for i := range values {
		values[i] = strings.Join(strings.Fields(values[i]), " ")
	}
	return strings.Join(values, ",")
}

func (s *Signature) sign(secret, canonical string) string {
	scope := strings.Join([]string{s.Date, s.Region, string(s.Service), ending}, "/")
	sum := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{algorithm, s.at.Format("20060102T150405Z"), scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.Date, s.Region, string(s.Service), ending} {
		key = keyed(key, part)
	}
	return hex.EncodeToString(keyed(key, text))
}

func keyed(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text)) // a hash takes everything
	return h.Sum(nil)
}
