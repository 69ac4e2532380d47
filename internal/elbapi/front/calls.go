package front

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// Count is how often an operation was called.
type Count struct {
	Service   wire.Service `json:"service"`
	Operation string       `json:"operation"`
	Calls     int          `json:"calls"`
	// Errors are the calls that were answered with an error, for whatever reason.
	Errors int `json:"errors"`
	// Write says that the operation changes something, by its name.
	Write bool `json:"write"`
}

// counts counts calls.
type counts struct {
	mu sync.Mutex
	by map[called]Count
}

type called struct {
	service   wire.Service
	operation string
}

func (c *counts) add(s wire.Service, operation string, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[called]Count{}
	}
	n := c.by[called{s, operation}]
	n.Service, n.Operation, n.Write = s, operation, !fault.ReadOnly(operation)
	n.Calls++
	if failed {
		n.Errors++
	}
	c.by[called{s, operation}] = n
}

func (c *counts) list() []Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.SortedFunc(maps.Values(c.by), func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Operation, b.Operation))
	})
}

func (c *counts) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = nil
}
