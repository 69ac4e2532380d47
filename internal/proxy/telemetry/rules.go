package telemetry

import (
	"strconv"
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// ruleKey are the labels of a rule of class nginx. They come from manifests only, never from requests: that bounds
// their number.
type ruleKey struct {
	host, path, ingress, namespace, service string
}

func keyOf(r *compile.Rule) ruleKey {
	k := ruleKey{
		host: "_", path: r.Source.Path, ingress: r.Source.Name, namespace: r.Source.Namespace, service: r.Source.Service,
	}
	if r.Model != nil {
		for _, c := range r.Model.Conditions {
			if c.Field == model.HostHeader && len(c.Values) > 0 {
				k.host = c.Values[0]
			}
		}
	}
	return k
}

// ruleSeries are the series of one rule. Its cells are a short list that is copied when one is added: most rules see a
// handful of methods and statuses.
type ruleSeries struct {
	key   ruleKey
	cells atomic.Pointer[[]*cell]
}

// cell are the series of one rule, method, status and canary.
type cell struct {
	method uint8
	status int16
	canary string

	requests                           atomic.Uint64
	request, response, header, connect histogram // durations
	requestSize, responseSize, sent    histogram
}

// find returns the cell for these labels and makes it when it is new.
func (s *ruleSeries) find(method uint8, status int16, canary string) *cell {
	for {
		old := s.cells.Load()
		if old != nil {
			for _, c := range *old {
				if c.status == status && c.method == method && c.canary == canary {
					return c
				}
			}
		}
		var list []*cell
		if old != nil {
			list = append(list, *old...)
		}
		list = append(list, &cell{method: method, status: status, canary: canary})
		if s.cells.CompareAndSwap(old, &list) {
			return list[len(list)-1]
		}
	}
}

func (c *cell) observe(x *exchange.Exchange) {
	c.requests.Add(1)
	c.request.observe(&timeBuckets, int64(x.Log.End.Sub(x.Start)))
	c.requestSize.observe(&lengthBuckets, x.Log.BytesIn)
	c.responseSize.observe(&lengthBuckets, x.Log.BytesOut)
	c.sent.observe(&sizeBuckets, x.Log.BytesOut)
	n := len(x.Log.Attempts)
	if n == 0 {
		return
	}
	last := &x.Log.Attempts[n-1]
	c.response.observe(&timeBuckets, int64(last.Took))
	c.connect.observe(&timeBuckets, int64(last.Connected))
	if !x.Log.FirstByte.IsZero() && !x.Log.Sent.IsZero() {
		c.header.observe(&timeBuckets, int64(last.Connected+x.Log.FirstByte.Sub(x.Log.Sent)))
	}
}

// methods are the values of the label; everything else is "other", since clients may send any token.
var methods = [...]string{"other", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"}

func methodIndex(method []byte) uint8 {
	for i := 1; i < len(methods); i++ {
		if string(method) == methods[i] {
			return uint8(i)
		}
	}
	return 0
}

// bounded maps statuses outside of 100 to 599 to 0: targets may send anything of three digits.
func bounded(status int) int16 {
	if status < 100 || status > 599 {
		return 0
	}
	return int16(status)
}

func statusLabel(status int16) string {
	if status == 0 {
		return "other"
	}
	return strconv.Itoa(int(status))
}

// classLabel is the class as CloudWatch's names have it: 5XX.
func classLabel(status int16) string {
	if status == 0 {
		return "other"
	}
	return strconv.Itoa(int(status/100)) + "XX"
}
