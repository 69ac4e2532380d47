package telemetry

import "sync/atomic"

// statuses counts answers by status in a short list that is copied when a status is new.
type statuses struct {
	list atomic.Pointer[[]*statusCount]
}

type statusCount struct {
	status int16
	count  atomic.Uint64
}

func (s *statuses) add(status int16) {
	for {
		old := s.list.Load()
		if old != nil {
			for _, c := range *old {
				if c.status == status {
					c.count.Add(1)
					return
				}
			}
		}
		s.grow(old, status) // whoever wins a race, the next round finds the entry
	}
}

func (s *statuses) grow(old *[]*statusCount, status int16) {
	var list []*statusCount
	if old != nil {
		list = append(list, *old...)
	}
	list = append(list, &statusCount{status: status})
	s.list.CompareAndSwap(old, &list)
}

func (s *statuses) each(f func(status int16, count uint64)) {
	if list := s.list.Load(); list != nil {
		for _, c := range *list {
			f(c.status, c.count.Load())
		}
	}
}

// classes sums the answers by the first digit of their status.
func (s *statuses) classes() (sums [6]uint64) {
	s.each(func(status int16, n uint64) { sums[status/100] += n })
	return sums
}

// of is the number of answers with that status.
func (s *statuses) of(status int16) (count uint64) {
	s.each(func(have int16, n uint64) {
		if have == status {
			count = n
		}
	})
	return count
}
