package basicauth

import (
	"encoding/binary"
	"slices"

	"github.com/gwanmun/gwanmun/internal/htpasswd"
	"github.com/gwanmun/gwanmun/internal/model"
)

// UserTable is a user list made ready for checking. It never changes.
type UserTable struct {
	verifier *Verifier
	users    map[string]*entry
	// stand holds the hashes that stand in for those of unknown users, in the list's order.
	stand []*entry
}

// entry is one user, or what stands in for one.
type entry struct {
	hash   string
	costly bool
	// exists is false for what stands in for unknown users: nothing fits.
	exists bool
}

func (e *entry) verify(password []byte) bool { return htpasswd.Verify(e.hash, password) }

// dummyHash stands in where a list has no usable hash at all: the bcrypt hash of a random password, at cost 10.
const dummyHash = "$2a$10$F3Wn9rkFxC6RfJXAIzH6Le4Iv2.Enw32Rd28QTaGkIQ5b1YUbNhte"

// NewUserTable makes a list ready. Users whose hash is unusable or empty are unknown users: they never log in.
func NewUserTable(v *Verifier, list *model.UserList) *UserTable {
	t := &UserTable{verifier: v, users: make(map[string]*entry, len(list.Users))}
	for _, u := range list.Users {
		if _, twice := t.users[u.Name]; twice || u.Name == "" || htpasswd.Check(u.Hash) != nil {
			continue
		}
		costly := htpasswd.Costly(u.Hash)
		t.users[u.Name] = &entry{u.Hash, costly, true}
		t.stand = append(t.stand, &entry{u.Hash, costly, false})
	}
	if len(t.stand) == 0 {
		t.stand = []*entry{{dummyHash, true, false}}
	}
	return t
}

// costly says whether a check may take long.
func (t *UserTable) costly() bool {
	return slices.ContainsFunc(t.stand, func(e *entry) bool { return e.costly })
}

// verify says whether name may log in with password.
func (t *UserTable) verify(name, password []byte) (fits, busy bool) {
	e := t.users[string(name)]
	if e == nil {
		e = t.standIn(name)
	}
	return t.verifier.check(name, password, e)
}

// standIn picks the hash that an unknown name is checked against, so that the time of the answer does not tell who is
// in the list: always the same one for a name, but one that nobody outside can foretell. In a list of mixed kinds a
// name that answers fast may then be unknown as well as have a cheap hash.
func (t *UserTable) standIn(name []byte) *entry {
	d := t.verifier.digest(name, nil, "")
	return t.stand[binary.BigEndian.Uint64(d[:])%uint64(len(t.stand))]
}
