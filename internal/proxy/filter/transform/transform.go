package transform

import (
	"fmt"
	"regexp"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// maxText is the greatest length of an expression or replacement, maxTarget and maxHost those of what comes out.
const (
	maxText   = 1024
	maxTarget = 8 << 10
	maxHost   = 255
)

// groups finds "$1", which Go would read on into the letters behind it.
var groups = regexp.MustCompile(`\$(\d+)`)

type filter struct {
	host, url *rule
	style     page.Style
}

type rule struct {
	re      *regexp.Regexp
	replace []byte
}

// New makes the filter of a rule's transforms; nil when there are none. It fails when an expression cannot be compiled.
func New(transforms []model.Transform, style page.Style) (exchange.Filter, error) {
	f := filter{style: style}
	for _, t := range transforms {
		if len(t.Regex) > maxText || len(t.Replace) > maxText {
			return nil, fmt.Errorf("transform %s is longer than %d bytes", t.Type, maxText)
		}
		re, err := regexp.Compile(t.Regex)
		if err != nil {
			return nil, fmt.Errorf("transform %s: %w", t.Type, err)
		}
		r := &rule{re, groups.ReplaceAll([]byte(t.Replace), []byte("$${$1}"))}
		switch {
		case t.Type == model.HostHeaderRewrite && f.host == nil:
			f.host = r
		case t.Type == model.URLRewrite && f.url == nil:
			f.url = r
		default:
			return nil, fmt.Errorf("transform %s is unknown or given twice", t.Type)
		}
	}
	if f.host == nil && f.url == nil {
		return nil, nil
	}
	return f, nil
}

// Request rewrites the host and the path with query. Where the expression is not found nothing changes; when what comes
// out is no valid host or target, the answer is 500.
func (f filter) Request(x *exchange.Exchange) exchange.Verdict {
	if f.host != nil {
		host, changed := f.host.apply(x, x.Request.Host)
		if changed {
			if len(host) > maxHost {
				return f.fail(x, exchange.TransformTooLong)
			}
			if _, _, ok := http1.SplitAuthority(host); !ok || len(host) == 0 {
				return f.fail(x, exchange.TransformInvalidHost)
			}
			x.UpstreamHost = host
			x.Log.TransformedHost, x.Log.Transform = host, exchange.TransformSuccess
		}
	}
	if f.url != nil {
		target, changed := f.url.apply(x, x.Request.Target)
		if changed {
			if len(target) > maxTarget {
				return f.fail(x, exchange.TransformTooLong)
			}
			if !validTarget(target) {
				return f.fail(x, exchange.TransformInvalidPath)
			}
			x.UpstreamPath = target
			x.Log.TransformedURI, x.Log.Transform = target, exchange.TransformSuccess
		}
	}
	return exchange.Continue
}

// fail answers 500. The forward was begun, so that logs list it.
func (f filter) fail(x *exchange.Exchange, why exchange.TransformStatus) exchange.Verdict {
	x.Did(exchange.ActionForward)
	x.Log.Transform, x.Log.TransformedHost, x.Log.TransformedURI = why, nil, nil
	f.style.Error(x, 500)
	return exchange.Respond
}

// apply replaces the first place where the expression is found.
func (r *rule) apply(x *exchange.Exchange, text []byte) (out []byte, changed bool) {
	found := r.re.FindSubmatchIndex(text)
	if found == nil {
		return text, false
	}
	return x.Build(func(b []byte) []byte {
		b = append(b, text[:found[0]]...)
		b = r.re.Expand(b, r.replace, text, found)
		return append(b, text[found[1]:]...)
	}), true
}

// validTarget says whether a target may stand in a request line.
func validTarget(target []byte) bool {
	if len(target) == 0 || target[0] != '/' {
		return false
	}
	for _, c := range target {
		if c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	return true
}
