package action

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Placeholders that keep a part of the request's address.
const (
	keepProtocol = "#{protocol}"
	keepHost     = "#{host}"
	keepPort     = "#{port}"
	keepPath     = "/#{path}"
	keepQuery    = "#{query}"
)

// redirect completes a redirect: what is not given keeps the request's part.
func (c *actionChecker) redirect(r *types.RedirectActionConfig) (*types.RedirectActionConfig, error) {
	if r == nil {
		return nil, required("RedirectConfig")
	}
	part := func(p *string, otherwise string) *string { return aws.String(orElse(aws.ToString(p), otherwise)) }
	out := &types.RedirectActionConfig{
		StatusCode: r.StatusCode, Protocol: part(r.Protocol, keepProtocol), Host: part(r.Host, keepHost),
		Port: part(r.Port, keepPort), Path: part(r.Path, keepPath), Query: r.Query,
	}
	if r.Query == nil {
		out.Query = aws.String(keepQuery)
	}
	if n, err := strconv.Atoi(*out.Port); *out.Port != keepPort && (err != nil || n < 1 || n > 65535) {
		return nil, invalid("RedirectConfig.Port '%s' must be from 1 to 65535 or #{port}", *out.Port)
	}
	switch {
	case !slices.Contains(r.StatusCode.Values(), r.StatusCode):
		return nil, invalid("RedirectConfig.StatusCode '%s' must be HTTP_301 or HTTP_302", r.StatusCode)
	case !slices.Contains([]string{"HTTP", "HTTPS", keepProtocol}, *out.Protocol):
		return nil, invalid("RedirectConfig.Protocol '%s' must be HTTP, HTTPS or #{protocol}", *out.Protocol)
	case *out.Protocol == "HTTP" && c.listener.Protocol == types.ProtocolEnumHttps:
		return nil, invalidAction("An HTTPS listener cannot redirect to HTTP")
	case len(*out.Host) > 128:
		return nil, invalid("RedirectConfig.Host '%s' is longer than 128 characters", *out.Host)
	case len(*out.Path) > 128 || (*out.Path)[0] != '/':
		return nil, invalid("RedirectConfig.Path '%s' must begin with a slash and have at most 128 characters", *out.Path)
	case len(*out.Query) > 128:
		return nil, invalid("RedirectConfig.Query '%s' is longer than 128 characters", *out.Query)
	}
	parts := model.Redirect{Protocol: *out.Protocol, Host: *out.Host, Port: *out.Port, Path: *out.Path, Query: *out.Query}
	if err := parts.CheckPlaceholders(); err != nil {
		return nil, invalid("RedirectConfig: %v", err)
	}
	protocol, port := string(c.listener.Protocol), strconv.Itoa(int(c.listener.Port))
	if (*out.Protocol == keepProtocol || *out.Protocol == protocol) && (*out.Port == keepPort || *out.Port == port) &&
		*out.Host == keepHost && *out.Path == keepPath && *out.Query == keepQuery {
		return nil, invalidAction("The redirect would lead back to the same listener: a part of the address must differ")
	}
	return out, nil
}

var fixedStatus = regexp.MustCompile(`^[245][0-9][0-9]$`)

var fixedTypes = []string{"text/plain", "text/css", "text/html", "application/javascript", "application/json"}

func fixedResponse(f *types.FixedResponseActionConfig) (*types.FixedResponseActionConfig, error) {
	if f == nil {
		return nil, required("FixedResponseConfig")
	}
	kind := aws.ToString(f.ContentType)
	switch {
	case !fixedStatus.MatchString(aws.ToString(f.StatusCode)):
		return nil, invalid("FixedResponseConfig.StatusCode '%s' must be 2xx, 4xx or 5xx", aws.ToString(f.StatusCode))
	case kind != "" && !slices.Contains(fixedTypes, kind):
		return nil, invalid("FixedResponseConfig.ContentType '%s' must be one of %s", kind, strings.Join(fixedTypes, ", "))
	case len(aws.ToString(f.MessageBody)) > 1024:
		return nil, invalid("FixedResponseConfig.MessageBody is %d bytes long; at most 1024 are allowed", len(*f.MessageBody))
	}
	return &types.FixedResponseActionConfig{StatusCode: f.StatusCode, ContentType: f.ContentType, MessageBody: f.MessageBody}, nil
}
