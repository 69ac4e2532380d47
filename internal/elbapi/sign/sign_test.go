package sign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

const body = "Action=DescribeLoadBalancers&Version=2015-12-01"

// signed is a request that the SDK's own signer has signed.
func signed(t *testing.T, url string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, url, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Odd", "  a   b ")
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, r,
		hex.EncodeToString(sum[:]), "elasticloadbalancing", "ap-northeast-2", noon)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestSignaturesOfTheSDKAreVerified(t *testing.T) {
	secrets := map[string]string{"AKID": "secret"}
	for _, url := range []string{"http://127.0.0.1:4566", "http://127.0.0.1:4566/", "http://127.0.0.1/?b=x%20y&a=%2F&a=1"} {
		r := signed(t, url)
		s, err := Read(r, r.URL.Query())
		if err != nil {
			t.Fatal(err)
		}
		if s.AccessKey != "AKID" || s.Region != "ap-northeast-2" || s.Service != "elasticloadbalancing" {
			t.Errorf("got %+v", s)
		}
		if err := s.Verify(r, []byte(body), secrets, noon.Add(time.Minute)); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		for name, c := range map[string]struct {
			secrets map[string]string
			body    string
			now     time.Time
			want    string
		}{
			"another body":   {secrets, body + "&x=y", noon, "SignatureDoesNotMatch"},
			"another secret": {map[string]string{"AKID": "other"}, body, noon, "SignatureDoesNotMatch"},
			"another key":    {map[string]string{"X": "secret"}, body, noon, "InvalidClientTokenId"},
			"too late":       {secrets, body, noon.Add(time.Hour), "RequestExpired"},
			"too early":      {secrets, body, noon.Add(-time.Hour), "RequestExpired"},
		} {
			if got := code(s.Verify(r, []byte(c.body), c.secrets, c.now)); got != c.want {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
	}
}

func TestPresignedRequestsAreVerified(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", nil)
	sum := sha256.Sum256(nil)
	url, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, r,
		hex.EncodeToString(sum[:]), "sts", "us-east-1", noon)
	if err != nil {
		t.Fatal(err)
	}
	r = httptest.NewRequest(http.MethodGet, url, nil)
	s, err := Read(r, r.URL.Query())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(r, nil, map[string]string{"AKID": "secret"}, noon); err != nil {
		t.Error(err)
	}
	if err := s.Scoped("ap-northeast-2"); err != nil {
		t.Errorf("STS is one for all regions: %v", err)
	}
}

func TestSignaturesForAnotherRegionAreRefused(t *testing.T) {
	r := signed(t, "http://127.0.0.1/")
	s, err := Read(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Scoped("ap-northeast-2"); err != nil {
		t.Error(err)
	}
	err = s.Scoped("eu-west-1")
	if code(err) != "SignatureDoesNotMatch" || !strings.Contains(err.Error(), "eu-west-1, not ap-northeast-2") {
		t.Errorf("got %v", err)
	}
}

func TestSignaturesThatCannotBeReadAreRefused(t *testing.T) {
	const date, good = "20261130T120000Z", "Credential=A/20261130/r/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab"
	for _, header := range []string{
		"Basic x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 " + strings.Replace(good, "Signature=ab", "Signature=", 1),
		"AWS4-HMAC-SHA256 " + strings.Replace(good, "aws4_request", "aws", 1),
		"AWS4-HMAC-SHA256 " + strings.Replace(good, "A/2026", "2026", 1),
		"AWS4-HMAC-SHA256 " + strings.Replace(good, "20261130", "20261129", 1),
		"AWS4-HMAC-SHA256 " + strings.Replace(good, "host;", "", 1),
		"AWS4-HMAC-SHA256 " + good + ", Signature=cd",
		"AWS4-HMAC-SHA256 " + strings.Replace(good, "/ec2/", "//", 1),
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Authorization", header)
		r.Header.Set("X-Amz-Date", date)
		if s, err := Read(r, nil); code(err) != "IncompleteSignature" {
			t.Errorf("%s: got %+v, %v", header, s, err)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 "+good)
	if _, err := Read(r, nil); code(err) != "IncompleteSignature" {
		t.Errorf("without a date: got %v", err)
	}
	r.Header.Set("X-Amz-Date", date)
	if s, err := Read(r, nil); err != nil || s.Service != "ec2" {
		t.Errorf("a good one: got %+v, %v", s, err)
	}
}
