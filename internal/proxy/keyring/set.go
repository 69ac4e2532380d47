package keyring

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Times of secrets.
const (
	// Turn is how long a secret makes what is made before the next one does.
	Turn = 24 * time.Hour
	// Retire is how long a secret reads what it has made after its turn: sessions and tickets live for a week.
	Retire = 8 * 24 * time.Hour
	// maxSecrets bounds what is read.
	maxSecrets = 64
)

// Set is secrets with the times that they were made at, as replicas share them: first the one whose turn it is, then the
// next one, which all replicas know before anything is made with it, then those of before, newest first. It never
// changes.
type Set struct {
	secrets []secret
}

type secret struct {
	// since is when its turn began; of the next one, when it was made.
	since time.Time
	value []byte
}

// NewSet makes a Set of two secrets: one whose turn it is, and the next one.
func NewSet(random io.Reader, now time.Time) (*Set, error) {
	s := &Set{}
	for range 2 {
		made, err := newSecret(random, now)
		if err != nil {
			return nil, err
		}
		s.secrets = append(s.secrets, made)
	}
	return s, nil
}

func newSecret(random io.Reader, now time.Time) (secret, error) {
	value := make([]byte, SecretSize)
	if _, err := io.ReadFull(random, value); err != nil {
		return secret{}, fmt.Errorf("make a secret: %w", err)
	}
	return secret{now.UTC().Truncate(time.Second), value}, nil
}

// Due is when Rotate has something to do next.
func (s *Set) Due() time.Time { return s.secrets[0].since.Add(Turn) }

// Rotate gives the next secret its turn when it is time, makes another next one, and drops those that retired long ago. It
// returns s itself when there is nothing to do.
func (s *Set) Rotate(random io.Reader, now time.Time) (*Set, error) {
	if now.Before(s.Due()) {
		return s, nil
	}
	next, err := newSecret(random, now)
	if err != nil {
		return nil, err
	}
	out := &Set{secrets: []secret{{next.since, s.secrets[1].value}, next, s.secrets[0]}}
	for _, old := range s.secrets[2:] {
		// A secret's turn ended when that of the one before it in the list began.
		ended := out.secrets[len(out.secrets)-1].since
		if now.Sub(ended) > Retire {
			break
		}
		out.secrets = append(out.secrets, old)
	}
	return out, nil
}

// Ring makes the Ring of the secrets.
func (s *Set) Ring() (*Ring, error) {
	values := make([][]byte, len(s.secrets))
	for i := range s.secrets {
		values[i] = s.secrets[i].value
	}
	return New(values...)
}

// setHead begins the text of a Set.
const setHead = "gwanmun keys 1"

// Format writes the Set as text: a line for each secret, its time and its value.
func (s *Set) Format() []byte {
	var b strings.Builder
	b.WriteString(setHead + "\n")
	for i := range s.secrets {
		b.WriteString(s.secrets[i].since.Format(time.RFC3339) + " " + base64.StdEncoding.EncodeToString(s.secrets[i].value) + "\n")
	}
	return []byte(b.String())
}

// ParseSet reads what Format wrote. Errors hold nothing of the secrets.
func ParseSet(text []byte) (*Set, error) {
	head, rest, _ := strings.Cut(string(text), "\n")
	if head != setHead {
		return nil, fmt.Errorf("keys must begin with %q", setHead)
	}
	s := &Set{}
	for i, line := range strings.Split(strings.TrimSuffix(rest, "\n"), "\n") {
		at, value, _ := strings.Cut(line, " ")
		since, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return nil, fmt.Errorf("key %d has no time", i+1)
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(value)
		if err != nil || len(raw) != SecretSize {
			return nil, fmt.Errorf("key %d is not %d bytes in base64", i+1, SecretSize)
		}
		s.secrets = append(s.secrets, secret{since, raw})
	}
	if len(s.secrets) < 2 || len(s.secrets) > maxSecrets {
		return nil, errors.New("keys must be 2 to 64")
	}
	return s, nil
}
