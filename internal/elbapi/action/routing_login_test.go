package action

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func TestClaimsOfTokensHaveLimits(t *testing.T) {
	const words = types.JwtValidationActionAdditionalClaimFormatEnumSpaceSeparatedValues
	for _, c := range []struct {
		name   string
		format types.JwtValidationActionAdditionalClaimFormatEnum
		values []string
		says   string // empty: it is taken
	}{
		{"scope", words, []string{"read", "write"}, ""},
		{"", words, []string{"read"}, "Name"},
		{"exp", words, []string{"1"}, "'exp'"},
		{"iss", words, []string{"x"}, "'iss'"},
		{"scope", "regex", []string{"read"}, "Format"},
		{"scope", words, nil, "no Values"},
		{"scope", words, strings.Split("12345678901", ""), "at most 10"},
		{"scope", words, []string{strings.Repeat("v", 257)}, "256"},
		{"scope", words, []string{"read write"}, "space"},
	} {
		_, err := jwt(&types.JwtValidationActionConfig{
			Issuer: aws.String("https://id.example"), JwksEndpoint: aws.String("https://id.example/keys"),
			AdditionalClaims: []types.JwtValidationActionAdditionalClaim{{Name: &c.name, Format: c.format, Values: c.values}},
		})
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
