package compile

import (
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Bounds of what a configuration may ask for, in bytes.
const (
	minLineLimit = 1 << 10
	maxHeadLimit = 256 << 10
)

// take puts the settings of a listener of class nginx over the defaults.
func (s *Settings) take(c *model.ClientSettings) {
	if c == nil {
		return
	}
	switch {
	case c.KeepAliveMillis < 0:
		s.KeepAliveRequests = 1
	case c.KeepAliveMillis > 0:
		s.KeepAliveIdle = time.Duration(c.KeepAliveMillis) * time.Millisecond
	}
	if c.KeepAliveRequests > 0 && c.KeepAliveMillis >= 0 {
		s.KeepAliveRequests = int(c.KeepAliveRequests)
	}
	s.HeadTimeout = time.Duration(c.HeadMillis) * time.Millisecond
	s.BodyTimeout = time.Duration(c.BodyMillis) * time.Millisecond
	if c.LineLimit > 0 {
		s.LineLimit = int(min(max(c.LineLimit, minLineLimit), maxHeadLimit))
	}
	if c.HeadLimit > 0 {
		s.HeadLimit = int(min(max(c.HeadLimit, minLineLimit), maxHeadLimit))
	}
	s.Underscores, s.DropInvalidHeaders = c.Underscores, !c.AnyField
	s.HTTP2 = s.HTTP2 && !c.NoHTTP2
}
