package ingressalb

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
)

// agree finds a setting that all members that give it must give alike. The first member in the group's order decides; a
// later one that differs is told, and its value has no effect. An empty value counts as not given.
func agree[T any](w *work, members []*member, k *annotation.Key[T], same func(a, b T) bool) T {
	v, _ := agreeBy(w, members, k, same)
	return v
}

// agreeBy is agree and names the member that decided; nil when none gives the setting.
func agreeBy[T any](w *work, members []*member, k *annotation.Key[T], same func(a, b T) bool) (T, *member) {
	var winner T
	var by *member
	for _, m := range members {
		v, set := get(m, m.values, k)
		text := k.Type.Format(v)
		switch {
		case !set || text == "":
		case by == nil:
			winner, by = v, m
		case !same(winner, v):
			w.conflict(m, by, k.Declaration(), text, k.Type.Format(winner))
		}
	}
	return winner, by
}

// conflict tells a member that its value lost against an earlier one's.
func (w *work) conflict(m, by *member, e *annotation.Entry, value, winner string) {
	w.conflictAt(m, by, alb.Prefix+e.Suffix, value, winner)
}

func (w *work) conflictAt(m, by *member, key, value, winner string) {
	w.found.Add(diag.ALBGroupConflict, m.object, annotation.FieldOf(key), diag.A("key", key), diag.A("value", value),
		diag.A("winner", winner), diag.A("other", by.name()), diag.A("group", w.group))
}

func same[T comparable](a, b T) bool { return a == b }

// fieldOf is the field path of an annotation of this dialect.
func fieldOf(k annotation.Declared) string {
	return annotation.FieldOf(alb.Prefix + k.Declaration().Suffix)
}

// indexed is a field path with an index: "spec.rules[2]".
func indexed(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
