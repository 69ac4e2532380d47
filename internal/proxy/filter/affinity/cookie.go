package affinity

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// appendCookie writes the Set-Cookie field with its attributes in the order of ingress-nginx.
func (a affinity) appendCookie(b []byte, x *exchange.Exchange, key, group uint64) []byte {
	c := a.config
	b = append(append(b, c.Cookie...), '=')
	b = appendHex(b, key)
	b = append(b, '|')
	b = appendHex(b, group)
	if c.Expires != "" {
		b = x.Start.Add(a.expires).UTC().AppendFormat(append(b, "; Expires="...), cookieTime)
	}
	if c.MaxAge != "" {
		b = append(append(b, "; Max-Age="...), c.MaxAge...)
	}
	if c.Domain != "" {
		b = append(append(b, "; Domain="...), c.Domain...)
	}
	if c.Path != "" {
		b = append(append(b, "; Path="...), c.Path...)
	}
	if c.Secure || x.HTTPS {
		b = append(b, "; Secure"...)
	}
	b = append(b, "; HttpOnly"...)
	if agent, _ := x.Request.Header.Get("User-Agent"); c.SameSite != "" &&
		!(c.SameSite == "None" && c.ConditionalSameSiteNone && refusesNone(agent)) {
		b = append(append(b, "; SameSite="...), c.SameSite...)
	}
	if c.Partitioned {
		b = append(b, "; Partitioned"...)
	}
	return b
}

// cookieTime is how nginx writes times in cookies, with two digits of the year.
const cookieTime = "Mon, 02-Jan-06 15:04:05 GMT"

func appendHex(b []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[n>>shift&15])
	}
	return b
}

// refusesNone says whether a browser takes SameSite=None for Strict, or throws such cookies away: Chrome up to version 69,
// and Safari of iOS 12 and macOS 10.14.
func refusesNone(agent []byte) bool {
	has := func(text string) bool { return bytes.Contains(agent, []byte(text)) }
	switch {
	case has("Chrome/4"), has("Chrome/5"), has("Chrome/6"), has("CPU iPhone OS 12"), has("iPad; CPU OS 12"):
		return true
	}
	return has("Macintosh") && has("Intel Mac OS X 10_14") && has("Safari") && !has("Chrome")
}
