package ingressnginx

import (
	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/model"
)

// readClients is what the ConfigMap says about the treatment of clients; nil where it says nothing new.
func readClients(r *annotation.Reader) *model.ClientSettings {
	c := model.ClientSettings{
		KeepAliveMillis:   unless(annotation.Get(r, nginx.KeepAlive).Value, 75),
		KeepAliveRequests: int32(unlessSame(annotation.Get(r, nginx.KeepAliveRequests).Value, 1000)),
		HeadMillis:        unless(annotation.Get(r, nginx.ClientHeaderTimeout).Value, 60),
		BodyMillis:        unless(annotation.Get(r, nginx.ClientBodyTimeout).Value, 60),
		Underscores:       annotation.Get(r, nginx.UnderscoresInHeaders).Value,
		AnyField:          !annotation.Get(r, nginx.IgnoreInvalidHeaders).Value,
		NoHTTP2:           !annotation.Get(r, nginx.UseHTTP2).Value,
	}
	if annotation.Get(r, nginx.KeepAlive).Value == 0 {
		c.KeepAliveMillis = -1
	}
	if b := annotation.Get(r, nginx.LargeHeaderBuffers); b.Set && b.Err == nil {
		c.LineLimit, c.HeadLimit = b.Value.Size, b.Value.Count*b.Value.Size
	}
	if c == (model.ClientSettings{}) {
		return nil
	}
	return &c
}

func unlessSame(v, standard int64) int64 {
	if v == standard {
		return 0
	}
	return v
}
