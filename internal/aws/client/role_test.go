package client

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

func TestARoleIsAskedForWithItsExternalID(t *testing.T) {
	asked := make(chan url.Values, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(text))
		asked <- form
		w.WriteHeader(http.StatusForbidden)
	}))
	defer s.Close()
	c, err := New(t.Context(), Options{
		Region: "ap-northeast-2", Endpoint: s.URL, Throttle: Unthrottled(), Credentials: Static("key", "secret"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][]string{"gate": {"gate"}, "": nil} {
		_, err := c.As("arn:aws:iam::123456789012:role/targets", id).ELB.DescribeTargetGroups(t.Context(), &elbv2.DescribeTargetGroupsInput{})
		if err == nil {
			t.Fatal("the role was refused, and the call went through")
		}
		form := <-asked
		if got := form["ExternalId"]; form.Get("Action") != "AssumeRole" || len(got) != len(want) || len(got) == 1 && got[0] != want[0] {
			t.Errorf("external id %q: the question was %v", id, form)
		}
	}
}
