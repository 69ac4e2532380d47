package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
)

// highestPriority is the last one that a rule may have.
const highestPriority = 50000

// ruleMatch says what becomes of each wanted rule.
type ruleMatch struct {
	want, have []model.Rule
	// from is the observed rule that a wanted one is kept or made from, -1 for none; changed says that it must be modified.
	from    []int
	changed []bool
}

// rules keeps rules whose content is wanted and moves them to their priorities in one call, which AWS carries out as
// a whole. Rules that are not wanted and stand in the way are moved behind all others first. Then rules that match as
// before are modified, what is missing is created, and only then is the rest deleted; the deletions are returned, since
// the listener's default actions change before them. At no moment is a wanted rule absent that was there before. rest says
// that the default actions are as they will be, so that what loses its rule may meet them at once.
func (p *planner) rules(at Operation, want, have []model.Rule, rest bool) (deletions []Operation) {
	m := pair(want, have)
	if rest && p.options.Policy != NeverDelete && p.options.Policy != UpsertOnly {
		m.reuse()
	}
	moves, left := m.moves()
	if len(moves) > 0 {
		o := at
		o.Call, o.Moves = SetRulePriorities, moves
		p.do(o)
	}
	for i := range want {
		o := at
		o.Rule, o.Priority = &want[i], want[i].Priority
		switch {
		case m.from[i] < 0:
			o.Call, o.Tags = CreateRule, want[i].Tags
			p.do(o)
			continue
		case m.changed[i]:
			o.Call = ModifyRule
			p.do(o)
		}
		tagged := at
		tagged.Priority = want[i].Priority
		p.tags(tagged, userTags(want[i].Tags), userTags(have[m.from[i]].Tags))
	}
	for _, priority := range left {
		o := at
		o.Call, o.Priority = DeleteRule, priority
		deletions = append(deletions, o)
	}
	return deletions
}

// userTags are a rule's tags without the one that names its place: nobody finds a rule by it, and a rule that moved would need
// a call of its own to correct it.
func userTags(tags []model.Tag) []model.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t model.Tag) bool { return strings.HasSuffix(t.Key, "/resource") })
}

// pair finds for each wanted rule an observed one: with the same content at the same priority if possible, with the same
// content anywhere, or one that matches the same requests.
func pair(want, have []model.Rule) *ruleMatch {
	m := &ruleMatch{
		want: want, have: have, from: make([]int, len(want)), changed: make([]bool, len(want)),
	}
	byMatch := map[string][]int{}
	for j := range have {
		key := matchKey(&have[j])
		byMatch[key] = append(byMatch[key], j)
	}
	used := make([]bool, len(have))
	take := func(i int, ok func(j int) bool) bool {
		for _, j := range byMatch[matchKey(&want[i])] {
			if !used[j] && ok(j) {
				m.from[i], used[j] = j, true
				return true
			}
		}
		return false
	}
	for i := range want {
		m.from[i] = -1
		take(i, func(j int) bool { return have[j].Priority == want[i].Priority && sameContent(&want[i], &have[j]) })
	}
	for i := range want {
		if m.from[i] < 0 {
			take(i, func(j int) bool { return sameContent(&want[i], &have[j]) })
		}
	}
	for i := range want {
		if m.from[i] < 0 {
			m.changed[i] = take(i, func(int) bool { return true })
		}
	}
	return m
}

// matchKey is equal for rules that match the same requests.
func matchKey(r *model.Rule) string { return fmt.Sprintf("%#v", normalConditions(r.Conditions)) }

// reuse lets a missing rule take the place of an unwanted one at its priority, which saves a call or two; but only where no
// other missing rule may concern a host of the unwanted one, because its requests would meet neither then.
func (m *ruleMatch) reuse() {
	kept := m.kept()
	for i := range m.want {
		if m.from[i] >= 0 {
			continue
		}
		j := slices.IndexFunc(m.have, func(r model.Rule) bool { return r.Priority == m.want[i].Priority })
		if j < 0 || kept[j] {
			continue
		}
		alone := true
		for k := range m.want {
			alone = alone && (k == i || m.from[k] >= 0 || !mayShareHost(&m.want[k], &m.have[j]))
		}
		if alone {
			m.from[i], m.changed[i], kept[j] = j, true, true
		}
	}
}

func (m *ruleMatch) kept() []bool {
	kept := make([]bool, len(m.have))
	for _, j := range m.from {
		if j >= 0 {
			kept[j] = true
		}
	}
	return kept
}

// moves are the changes of priority, and the priorities that unwanted rules have after them.
func (m *ruleMatch) moves() (moves []Move, left []int32) {
	kept := m.kept()
	busy := map[int32]bool{}
	for i := range m.want {
		busy[m.want[i].Priority] = true
		if j := m.from[i]; j >= 0 && m.have[j].Priority != m.want[i].Priority {
			moves = append(moves, Move{From: m.have[j].Priority, To: m.want[i].Priority})
		}
	}
	var inTheWay []int32
	for j := range m.have {
		switch at := m.have[j].Priority; {
		case kept[j]:
		case busy[at]:
			inTheWay = append(inTheWay, at)
		default:
			busy[at] = true
			left = append(left, at)
		}
	}
	slices.Sort(inTheWay)
	spare := int32(highestPriority)
	for _, from := range slices.Backward(inTheWay) {
		for busy[spare] {
			spare--
		}
		busy[spare] = true
		moves = append(moves, Move{From: from, To: spare})
		left = append(left, spare)
	}
	slices.SortFunc(moves, func(a, b Move) int { return cmp.Compare(a.From, b.From) })
	slices.Sort(left)
	return moves, left
}

// mayShareHost says whether there may be a host that both rules match; in doubt it says so.
func mayShareHost(a, b *model.Rule) bool {
	x, y := literalHosts(a), literalHosts(b)
	if x == nil || y == nil {
		return true
	}
	return slices.ContainsFunc(x, func(h string) bool { return slices.Contains(y, h) })
}

// literalHosts are the hosts of a rule in lower case; nil when it matches others too.
func literalHosts(r *model.Rule) []string {
	for _, c := range r.Conditions {
		if c.Field != model.HostHeader {
			continue
		}
		if len(c.RegexValues) > 0 || slices.ContainsFunc(c.Values, func(v string) bool { return strings.ContainsAny(v, "*?\\") }) {
			return nil
		}
		var out []string
		for _, v := range c.Values {
			out = append(out, strings.ToLower(v))
		}
		return out
	}
	return nil
}
