package controller

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// checkpoints know what was registered last for each binding: from the annotation after a start, and from memory after
// that, because what this process wrote may not have come back by the watch yet.
type checkpoints struct {
	mu sync.Mutex
	by map[objects.Name]string
	// expired says that annotations are not believed any more.
	expired bool
}

// get is the checkpoint of a binding; empty when its targets have to be looked at.
func (c *checkpoints) get(b *elbv2.TargetGroupBinding) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.by[objects.Name{Namespace: b.Namespace, Name: b.Name}]; ok {
		return v
	}
	if c.expired {
		return ""
	}
	return b.Annotations[elbv2.AnnotationCheckpoint]
}

func (c *checkpoints) set(n objects.Name, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[objects.Name]string{}
	}
	c.by[n] = value
}

// stale says whether nothing is believed of what a binding's target group has: it is time to look.
func (c *checkpoints) stale(n objects.Name) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.by[n]
	return c.expired && !known
}

// forget drops a binding that is gone.
func (c *checkpoints) forget(k objects.Key) {
	if k.Kind != objects.KindTargetGroupBinding {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.by, k.Name)
}

// expire makes every binding be looked at again: somebody else may have changed target groups meanwhile.
func (c *checkpoints) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by, c.expired = nil, true
}

// checkpointOf is a hash of everything that a registration depends on.
func checkpointOf(r Registration) string {
	r.Health = false
	text, err := json.Marshal(r)
	if err != nil {
		return "" // it holds texts and numbers, so this does not happen; empty is never equal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// reset makes annotations be believed again, and nothing else: another replica may have worked since this one did last.
func (c *checkpoints) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by, c.expired = nil, false
}
