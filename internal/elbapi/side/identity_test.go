package side

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

func token(claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"RS256"}`)) + "." + enc([]byte(claims)) + "." + enc([]byte("signature"))
}

func TestAWebIdentityTokenGivesCredentialsOfItsRole(t *testing.T) {
	b := newBench(t)
	out := call(b, b.AssumeRoleWithWebIdentity, sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String("arn:aws:iam::123456789012:role/path/controller"), RoleSessionName: aws.String("s1"),
		WebIdentityToken: aws.String(token(`{"sub":"system:serviceaccount:kube-system:lb","iss":"https://oidc.example","aud":["sts.amazonaws.com"]}`)),
	})
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::123456789012:assumed-role/controller/s1" || *out.SubjectFromWebIdentityToken != "system:serviceaccount:kube-system:lb" ||
		*out.Audience != "sts.amazonaws.com" || !strings.HasPrefix(*out.Credentials.AccessKeyId, "ASIA") || len(*out.Credentials.AccessKeyId) != 20 {
		t.Errorf("got %+v %+v", out, out.Credentials)
	}
	if life := out.Credentials.Expiration.Sub(b.now); life.Hours() != 1 {
		t.Errorf("valid for %s", life)
	}
}

func TestRolesAndTokensAreRefusedWithTheCodesOfSTS(t *testing.T) {
	web := func(b *bench) func(context.Context, *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		return b.AssumeRoleWithWebIdentity
	}
	assume := func(b *bench) func(context.Context, *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
		return b.AssumeRole
	}
	role, name := aws.String("arn:aws:iam::123456789012:role/r"), aws.String("s1")
	checkRefusals(t, nil, map[string]refusal{
		"a token of two parts": refuse("InvalidIdentityToken", web, sts.AssumeRoleWithWebIdentityInput{RoleArn: role, RoleSessionName: name, WebIdentityToken: aws.String("a.b")}),
		"claims without JSON":  refuse("InvalidIdentityToken", web, sts.AssumeRoleWithWebIdentityInput{RoleArn: role, RoleSessionName: name, WebIdentityToken: aws.String(token("x"))}),
		"no subject":           refuse("InvalidIdentityToken", web, sts.AssumeRoleWithWebIdentityInput{RoleArn: role, RoleSessionName: name, WebIdentityToken: aws.String(token(`{"iss":"a"}`))}),
		"an expired token":     refuse("ExpiredTokenException", web, sts.AssumeRoleWithWebIdentityInput{RoleArn: role, RoleSessionName: name, WebIdentityToken: aws.String(token(`{"sub":"a","iss":"b","exp":1000}`))}),
		"a role that is none":  refuse("ValidationError", assume, sts.AssumeRoleInput{RoleArn: aws.String("r"), RoleSessionName: name}),
		"a session of spaces":  refuse("ValidationError", assume, sts.AssumeRoleInput{RoleArn: role, RoleSessionName: aws.String("a b")}),
		"too short a life":     refuse("ValidationError", assume, sts.AssumeRoleInput{RoleArn: role, RoleSessionName: name, DurationSeconds: aws.Int32(60)}),
	})
}

func TestEverybodyIsTheSameUserOfTheAccount(t *testing.T) {
	b := newBench(t)
	if out := call(b, b.GetCallerIdentity, sts.GetCallerIdentityInput{}); *out.Account != "123456789012" || *out.Arn != "arn:aws:iam::123456789012:user/gwanmun" {
		t.Errorf("got %+v", out)
	}
}

func TestServerCertificatesOfIAMAreListedPageByPageAndMissingOnesRefused(t *testing.T) {
	b := newBench(t)
	cert, key := pair(t, b.now, "a.example")
	_ = b.world.Change(func(st *world.State) error {
		for _, n := range []string{"one", "two", "three"} {
			st.ServerCertificates[n] = &world.ServerCertificate{Name: n, Chain: string(cert), Key: string(key)}
		}
		return nil
	})
	first := call(b, b.ListServerCertificates, ListServerCertificatesInput{MaxItems: aws.Int32(2)})
	if !first.IsTruncated || len(first.ServerCertificateMetadataList) != 2 || *first.ServerCertificateMetadataList[0].Arn != "arn:aws:iam::123456789012:server-certificate/one" {
		t.Errorf("first page %+v", first)
	}
	second := call(b, b.ListServerCertificates, ListServerCertificatesInput{MaxItems: aws.Int32(2), Marker: first.Marker})
	if second.IsTruncated || len(second.ServerCertificateMetadataList) != 1 {
		t.Errorf("second page %+v", second)
	}
	if got := call(b, b.GetServerCertificate, GetServerCertificateInput{ServerCertificateName: aws.String("one")}); *got.ServerCertificate.CertificateBody != string(cert) {
		t.Errorf("got %+v", got.ServerCertificate)
	}
	if _, err := b.GetServerCertificate(t.Context(), &GetServerCertificateInput{ServerCertificateName: aws.String("four")}); codeOf(err) != "NoSuchEntity" {
		t.Errorf("got %v", err)
	}
	if _, err := b.CreateServiceLinkedRole(t.Context(), &CreateServiceLinkedRoleInput{AWSServiceName: aws.String("elasticloadbalancing.amazonaws.com")}); codeOf(err) != "InvalidInput" {
		t.Errorf("the role of load balancing was made a second time: %v", err)
	}
	if got := call(b, b.CreateServiceLinkedRole, CreateServiceLinkedRoleInput{AWSServiceName: aws.String("shield.amazonaws.com")}); *got.Role.Path != "/aws-service-role/shield.amazonaws.com/" {
		t.Errorf("got %+v", got.Role)
	}
}
