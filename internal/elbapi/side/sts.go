package side

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// STS's bounds for the life of credentials, in seconds.
const (
	sessionDefault = 3600
	sessionLeast   = 900
	sessionMost    = 43200
)

var (
	roleARN     = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):iam::([0-9]{12}):role/((?:[\x21-\x7e]*/)?)([\w+=,.@-]{1,64})$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// GetCallerIdentity says that everybody is the same user: credentials are not looked at.
func (s *Side) GetCallerIdentity(_ context.Context, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	me := s.world.Identity()
	return &sts.GetCallerIdentityOutput{
		Account: aws.String(me.Account), Arn: aws.String(me.GlobalARN("iam", "user/gwanmun")), UserId: aws.String("AIDA" + strings.Repeat("0", 13) + "GWM"),
	}, nil
}

// AssumeRole gives made-up credentials for any role: there are no policies that would refuse it.
func (s *Side) AssumeRole(_ context.Context, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	user, credentials, err := s.session(in.RoleArn, in.RoleSessionName, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleOutput{AssumedRoleUser: user, Credentials: credentials, SourceIdentity: in.SourceIdentity}, nil
}

// session makes an assumed role and its credentials.
func (s *Side) session(role, name *string, seconds *int32) (*types.AssumedRoleUser, *types.Credentials, error) {
	m := roleARN.FindStringSubmatch(aws.ToString(role))
	if m == nil {
		return nil, nil, wire.Errorf(wire.ValidationError, "%s is invalid", aws.ToString(role))
	}
	if !sessionName.MatchString(aws.ToString(name)) {
		return nil, nil, wire.Errorf(wire.ValidationError, "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*, with 2 to 64 characters", aws.ToString(name))
	}
	life := int32(sessionDefault)
	if seconds != nil {
		life = *seconds
	}
	if life < sessionLeast || life > sessionMost {
		return nil, nil, wire.Errorf(wire.ValidationError, "1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must have value from %d to %d", life, sessionLeast, sessionMost)
	}
	var user *types.AssumedRoleUser
	var credentials *types.Credentials
	now := s.world.Now()
	err := s.world.View(func(st *world.State) error {
		id := "AROA" + strings.ToUpper(st.Hex(17))
		user = &types.AssumedRoleUser{
			Arn:           aws.String("arn:" + m[1] + ":sts::" + m[2] + ":assumed-role/" + m[4] + "/" + *name),
			AssumedRoleId: aws.String(id + ":" + *name),
		}
		credentials = &types.Credentials{
			AccessKeyId: aws.String("ASIA" + strings.ToUpper(st.Hex(16))), SecretAccessKey: aws.String(st.Hex(40)), SessionToken: aws.String(st.Hex(64)),
			Expiration: aws.Time(now.Add(time.Duration(life) * time.Second).UTC().Truncate(time.Second)),
		}
		return nil
	})
	return user, credentials, err
}

// claims are what STS reads of a web identity token.
type claims struct {
	Subject  string   `json:"sub"`
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	Expires  float64  `json:"exp"`
}

// audience is one text or a list of them.
type audience []string

// UnmarshalJSON reads both forms.
func (a *audience) UnmarshalJSON(text []byte) error {
	var single string
	if json.Unmarshal(text, &single) == nil {
		*a = audience{single}
		return nil
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*a = list
	return nil
}

// AssumeRoleWithWebIdentity gives made-up credentials for a token that has the form of a JWT with a subject and has not
// expired. Nobody's signature is verified.
func (s *Side) AssumeRoleWithWebIdentity(_ context.Context, in *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	c, err := readToken(aws.ToString(in.WebIdentityToken))
	if err != nil {
		return nil, err
	}
	if c.Expires != 0 && float64(s.world.Now().Unix()) >= c.Expires {
		return nil, &types.ExpiredTokenException{Message: aws.String("Token expired: current date/time " + strconv.FormatInt(s.world.Now().Unix(), 10) + " must be before the expiration date/time " + strconv.FormatInt(int64(c.Expires), 10))}
	}
	user, credentials, err := s.session(in.RoleArn, in.RoleSessionName, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	out := &sts.AssumeRoleWithWebIdentityOutput{
		AssumedRoleUser: user, Credentials: credentials, SubjectFromWebIdentityToken: aws.String(c.Subject), Provider: aws.String(c.Issuer),
	}
	if len(c.Audience) > 0 {
		out.Audience = aws.String(c.Audience[0])
	}
	return out, nil
}

func readToken(token string) (claims, error) {
	var c claims
	parts := strings.Split(token, ".")
	bad := func(why string) (claims, error) {
		return c, &types.InvalidIdentityTokenException{Message: aws.String("The ID Token provided is not a valid JWT. " + why)}
	}
	if len(parts) != 3 {
		return bad("(You may see this error if you sent an Access Token)")
	}
	for i, part := range parts {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return bad("A part of it is not base64url.")
		}
		var header map[string]any
		if i == 0 && json.Unmarshal(text, &header) != nil {
			return bad("Its header is not JSON.")
		}
		if i == 1 && json.Unmarshal(text, &c) != nil {
			return bad("Its claims are not JSON.")
		}
	}
	if c.Subject == "" || c.Issuer == "" {
		return bad("It has no subject or no issuer.")
	}
	return c, nil
}
