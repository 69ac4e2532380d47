package alb

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Action is what an actions.* annotation holds.
type Action struct {
	Type            string         `json:"type"`
	TargetGroupARN  string         `json:"targetGroupARN,omitempty"`
	TargetGroupName string         `json:"targetGroupName,omitempty"`
	Forward         *Forward       `json:"forwardConfig,omitempty"`
	Redirect        *Redirect      `json:"redirectConfig,omitempty"`
	FixedResponse   *FixedResponse `json:"fixedResponseConfig,omitempty"`
}

// Forward is a forward to one or several target groups.
type Forward struct {
	TargetGroups []TargetGroupTuple `json:"targetGroups,omitempty"`
	Stickiness   *Stickiness        `json:"targetGroupStickinessConfig,omitempty"`
}

// TargetGroupTuple is a Service with a port, or an existing target group, and its weight.
type TargetGroupTuple struct {
	TargetGroupARN  string  `json:"targetGroupARN,omitempty"`
	TargetGroupName string  `json:"targetGroupName,omitempty"`
	ServiceName     string  `json:"serviceName,omitempty"`
	ServicePort     AnyText `json:"servicePort,omitempty"`
	Weight          *int32  `json:"weight,omitempty"`
}

// Stickiness keeps clients at a target group.
type Stickiness struct {
	Enabled         bool  `json:"enabled,omitempty"`
	DurationSeconds int32 `json:"durationSeconds,omitempty"`
}

// Redirect answers with a Location.
type Redirect struct {
	Host       string  `json:"host,omitempty"`
	Path       string  `json:"path,omitempty"`
	Port       AnyText `json:"port,omitempty"`
	Protocol   string  `json:"protocol,omitempty"`
	Query      *string `json:"query,omitempty"`
	StatusCode AnyText `json:"statusCode,omitempty"`
}

// FixedResponse answers with a body.
type FixedResponse struct {
	ContentType string  `json:"contentType,omitempty"`
	MessageBody string  `json:"messageBody,omitempty"`
	StatusCode  AnyText `json:"statusCode,omitempty"`
}

// AnyText is a JSON text or whole number.
type AnyText = annotation.AnyText

// validate judges an action as far as it can be judged without the cluster.
func (a Action) validate() error {
	switch a.Type {
	case "forward":
		return a.validateForward()
	case "redirect":
		return a.Redirect.validate()
	case "fixed-response":
		return a.FixedResponse.validate()
	}
	return fmt.Errorf("the type %q is none of forward, redirect and fixed-response", a.Type)
}

func (a Action) validateForward() error {
	short := a.TargetGroupARN != "" || a.TargetGroupName != ""
	switch {
	case short && a.Forward != nil:
		return errors.New("a forward has targetGroupARN or targetGroupName, or a forwardConfig, not both")
	case a.TargetGroupARN != "" && a.TargetGroupName != "":
		return errors.New("a forward has targetGroupARN or targetGroupName, not both")
	case short:
		return nil
	case a.Forward == nil:
		return errors.New("a forward needs targetGroupARN, targetGroupName or a forwardConfig")
	case len(a.Forward.TargetGroups) == 0:
		return errors.New("the forwardConfig has no targetGroups")
	}
	for i, t := range a.Forward.TargetGroups {
		if err := t.validate(len(a.Forward.TargetGroups) > 1); err != nil {
			return fmt.Errorf("targetGroups[%d]: %w", i, err)
		}
	}
	if s := a.Forward.Stickiness; s != nil && s.Enabled && (s.DurationSeconds < 1 || s.DurationSeconds > 604800) {
		return errors.New("durationSeconds is outside 1 to 604800")
	}
	return nil
}

func (t TargetGroupTuple) validate(weighted bool) error {
	existing := t.TargetGroupARN != "" || t.TargetGroupName != ""
	switch {
	case t.TargetGroupARN != "" && t.TargetGroupName != "":
		return errors.New("it has both targetGroupARN and targetGroupName")
	case existing && t.ServiceName != "":
		return errors.New("it names both a Service and an existing target group")
	case !existing && t.ServiceName == "":
		return errors.New("it names neither a Service nor an existing target group")
	case t.ServiceName != "" && t.ServicePort == "":
		return errors.New("serviceName needs servicePort")
	case weighted && t.Weight == nil:
		return errors.New("one of several target groups needs a weight")
	case t.Weight != nil && (*t.Weight < 0 || *t.Weight > 999):
		return errors.New("the weight is outside 0 to 999")
	}
	return nil
}

func (r *Redirect) validate() error {
	if r == nil {
		return errors.New("a redirect needs a redirectConfig")
	}
	switch r.StatusCode {
	case "HTTP_301", "HTTP_302":
	case "":
		return errors.New("the redirectConfig needs a statusCode")
	default:
		return fmt.Errorf("the statusCode %q is neither HTTP_301 nor HTTP_302", string(r.StatusCode))
	}
	switch r.Protocol {
	case "", "HTTP", "HTTPS", "#{protocol}":
	default:
		return fmt.Errorf("the protocol %q is none of HTTP, HTTPS and #{protocol}", r.Protocol)
	}
	if r.Port != "" && r.Port != "#{port}" {
		if n, err := strconv.ParseUint(string(r.Port), 10, 16); err != nil || n == 0 {
			return fmt.Errorf("the port %q is neither a port number nor #{port}", string(r.Port))
		}
	}
	if r.Path != "" && r.Path[0] != '/' {
		return errors.New("the path does not begin with /")
	}
	m := r.Model()
	for _, s := range []string{m.Host, m.Path, m.Query} {
		if len(s) > 128 {
			return errors.New("host, path and query have at most 128 characters")
		}
	}
	return m.CheckPlaceholders()
}

// Model is the redirect in the model's words. A query that is written and empty drops the request's.
func (r *Redirect) Model() *model.Redirect {
	m := &model.Redirect{Protocol: r.Protocol, Host: r.Host, Port: string(r.Port), Path: r.Path, StatusCode: r.Status()}
	if r.Query != nil {
		m.Query, m.NoQuery = *r.Query, *r.Query == ""
	}
	return m
}

// Status is the redirect's status code as a number; 0 when it is not valid.
func (r *Redirect) Status() int32 {
	switch r.StatusCode {
	case "HTTP_301":
		return 301
	case "HTTP_302":
		return 302
	}
	return 0
}

func (f *FixedResponse) validate() error {
	if f == nil {
		return errors.New("a fixed response needs a fixedResponseConfig")
	}
	if f.StatusCode == "" {
		return errors.New("the fixedResponseConfig needs a statusCode")
	}
	if f.Status() == 0 {
		return fmt.Errorf("the statusCode %q is not 200 to 299 or 400 to 599", string(f.StatusCode))
	}
	switch f.ContentType {
	case "", "text/plain", "text/css", "text/html", "application/javascript", "application/json":
	default:
		return fmt.Errorf("the contentType %q is not one that load balancers send", f.ContentType)
	}
	if len(f.MessageBody) > 1024 {
		return errors.New("the messageBody is longer than 1024 bytes")
	}
	return nil
}

// Status is the response's status code as a number; 0 when it is not valid.
func (f *FixedResponse) Status() int32 {
	n, err := strconv.ParseInt(string(f.StatusCode), 10, 32)
	if err != nil || n < 200 || n > 599 || n >= 300 && n < 400 {
		return 0
	}
	return int32(n)
}
