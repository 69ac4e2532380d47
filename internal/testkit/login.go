package testkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

const (
	// providerIssuer is where the provider of cases is.
	providerIssuer = "https://id.example"
	// whereTo is the URL of a request that goes where the answer before it led.
	whereTo = "location"
)

// loginOptions lets a proxy reach the provider and nobody else.
func loginOptions(p *provider.Provider) proxy.LoginOptions {
	if p == nil {
		return proxy.LoginOptions{}
	}
	return proxy.LoginOptions{
		Client: p.Client(),
		Cognito: func(a model.AuthenticateCognito) (proxy.IdentityProvider, bool) {
			// A domain of the user's own is where it is in AWS, too.
			return proxy.IdentityProvider{
				Issuer: p.Issuer, Authorization: p.Issuer + "/auth", Token: p.Issuer + "/token", UserInfo: p.Issuer + "/user",
				ClientID: a.UserPoolClientID,
			}, !strings.Contains(a.UserPoolDomain, ".")
		},
		CognitoSecret: func(_, client string) string {
			if client == provider.ClientID {
				return provider.ClientSecret
			}
			return ""
		},
	}
}

// tries carries out requests that need the provider, or what an answer before said; false: it is neither. What it says is
// different on both paths, so each of them follows its own.
func (f *front) tries(r *request, through *awsPath, report func(string, *request, []string)) bool {
	if r.url != nil && r.bearer == nil && !f.atProvider(r) {
		return false
	}
	in, err := f.concrete(r)
	if err != nil {
		report("in process", r, []string{err.Error()})
		return true
	}
	if f.atProvider(in) {
		report("in process", r, f.visit(in))
		if through != nil {
			out, err := through.front.concrete(r)
			if err != nil {
				report("through AWS", r, []string{err.Error()})
				return true
			}
			report("through AWS", r, through.front.visit(out))
		}
		return true
	}
	to, err := f.place(in)
	if err != nil {
		report("in process", r, []string{err.Error()})
		return true
	}
	report("in process", r, f.run(in, to))
	if there := through.serving(to); there != nil {
		out, err := through.front.concrete(r)
		if err != nil {
			report("through AWS", r, []string{err.Error()})
			return true
		}
		report("through AWS", r, through.run(out, *there))
	}
	return true
}

// concrete is the request with its address and its token.
func (f *front) concrete(r *request) (*request, error) {
	out := *r
	if out.url == nil {
		if out.jar == "" || f.jar(out.jar).location == "" {
			return nil, errors.New("location: no answer in this jar has led anywhere")
		}
		if err := out.address(f.jar(out.jar).location); err != nil {
			return nil, err
		}
	}
	if out.bearer != nil {
		if f.provider == nil {
			return nil, errors.New("bearer needs the option provider")
		}
		token, err := f.provider.Token(*out.bearer)
		if err != nil {
			return nil, err
		}
		out.headers = append(slices.Clone(out.headers), "Authorization: Bearer "+token)
	}
	return &out, nil
}

func (f *front) atProvider(r *request) bool {
	return f.provider != nil && r.url.Scheme+"://"+r.url.Host == f.provider.Issuer
}

// visit sends a request to the provider.
func (f *front) visit(r *request) []string {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	out, err := http.NewRequestWithContext(ctx, r.method, f.provider.Issuer+r.target, strings.NewReader(r.body))
	if err != nil {
		return []string{err.Error()}
	}
	response, err := f.provider.Client().Transport.RoundTrip(out)
	if err != nil {
		return []string{err.Error()}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return []string{fmt.Sprintf("status %d, then: %v", response.StatusCode, err)}
	}
	got := &reply{status: response.StatusCode, header: response.Header, body: body}
	problems := r.judge(got)
	return append(problems, f.jar(r.jar).take(r, got)...)
}

// withoutState is an address without the parameter that a login makes at random.
func withoutState(place string) string {
	before, after, found := strings.Cut(place, "&state=")
	if !found {
		return place
	}
	_, rest, _ := strings.Cut(after, "&")
	return before + "&" + rest
}
