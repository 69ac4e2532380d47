package upstream

import (
	"strconv"
	"strings"
	"sync/atomic"
)

// quicIndex finds the targets of a group by what connections of QUIC name them by.
type quicIndex struct{ byServer map[uint64]*Target }

// servers is the index of a group; nil when it has to be made anew.
type servers struct{ index atomic.Pointer[quicIndex] }

// QUICTarget is the target that the connection ids of a server lead to, nil when there is none. Targets that drain are
// among them: the connections that they have go on.
func (g *Group) QUICTarget(server uint64) *Target {
	if have := g.servers.index.Load(); have != nil {
		return have.byServer[server]
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	fresh := &quicIndex{byServer: make(map[uint64]*Target, len(g.order))}
	for _, t := range g.draining {
		fresh.add(t)
	}
	for _, t := range g.order {
		fresh.add(t)
	}
	g.servers.index.Store(fresh)
	return fresh.byServer[server]
}

func (i *quicIndex) add(t *Target) {
	if id, ok := ParseQUICServerID(t.info.Load().asked.QUICServerID); ok {
		i.byServer[id] = t
	}
}

// ParseQUICServerID reads "0x" and 16 lower-case hexadecimal digits.
func ParseQUICServerID(text string) (id uint64, ok bool) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok || len(digits) != 16 || digits != strings.ToLower(digits) {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 16, 64)
	return id, err == nil
}

// QUICServerID is what connections of QUIC name the target by, if it has such a name.
func (t *Target) QUICServerID() (id uint64, ok bool) {
	return ParseQUICServerID(t.info.Load().asked.QUICServerID)
}
