package main

import (
	"fmt"
	"slices"
	"time"
)

// sample is one measurement of one peer.
type sample struct {
	// CPU is microseconds of processor time per request.
	CPU  float64    `json:"cpu_us"`
	Rate float64    `json:"requests_per_s"`
	Load loadResult `json:"load"`
}

// result is all that was measured of a case.
type result struct {
	Case      string              `json:"case"`
	Generator string              `json:"generator"`
	Samples   map[string][]sample `json:"samples"`
	// Left says why a peer is not measured.
	Left map[string]string `json:"left_out,omitempty"`
	// Ratios of our processor time per request to a peer's, inside a round: min, median, max.
	Ratios map[string][3]float64 `json:"ratios,omitempty"`

	order []string
}

// measure runs the rounds of one case: all peers one after the other, again and again, so that what else the machine
// does hits everybody alike. Ratios are taken inside a round.
func (b *bench) measure(c testCase) result {
	r := result{
		Case: c.name, Generator: b.generator(c), Samples: map[string][]sample{}, Left: map[string]string{},
		Ratios: map[string][3]float64{},
	}
	var taking []*peer
	for _, p := range b.peers {
		r.order = append(r.order, p.name)
		switch {
		case p.missing != "":
			r.Left[p.name] = p.missing
		case p.broken[c.name] != "":
			r.Left[p.name] = p.broken[c.name]
		default:
			taking = append(taking, p)
			_, _ = b.load(p, c, b.options.duration) // warm up
		}
	}
	ratios := map[string][]float64{}
	for range b.options.rounds {
		round := map[string]sample{}
		for _, p := range taking {
			s, err := b.one(p, c)
			if err != nil {
				s, err = b.one(p, c) // on a busy machine a generator may not get through for a second
			}
			if err != nil {
				r.Left[p.name] = err.Error()
				continue
			}
			round[p.name] = s
			r.Samples[p.name] = append(r.Samples[p.name], s)
		}
		ours, ok := round["gwanmun"]
		if !ok {
			continue
		}
		for name, s := range round {
			if name != "gwanmun" {
				ratios[name] = append(ratios[name], ours.CPU/s.CPU)
			}
		}
	}
	for name, list := range ratios {
		r.Ratios[name] = spread(list)
	}
	return r
}

// one measures one peer once.
func (b *bench) one(p *peer, c testCase) (sample, error) {
	before, err := p.process.cpu()
	if err != nil {
		return sample{}, err
	}
	start := time.Now()
	load, err := b.load(p, c, b.options.duration)
	if err != nil {
		return sample{}, err
	}
	took := time.Since(start)
	after, err := p.process.cpu()
	if err != nil {
		return sample{}, err
	}
	if load.Requests == 0 || load.Errors > 0 {
		return sample{}, fmt.Errorf("%d answers, %d errors", load.Requests, load.Errors)
	}
	// Heads come on top of bodies; requests that were under way at the end have sent bytes and do not count.
	if per := load.Bytes / load.Requests; per < c.size || per > c.size+c.size/5+2048 {
		return sample{}, fmt.Errorf("%d bytes per answer, not %d and a head", per, c.size)
	}
	return sample{
		CPU:  float64(after-before) / 1e3 / float64(load.Requests),
		Rate: float64(load.Requests) / took.Seconds(), Load: load,
	}, nil
}

// spread is minimum, median and maximum.
func spread(list []float64) [3]float64 {
	if len(list) == 0 {
		return [3]float64{}
	}
	sorted := slices.Sorted(slices.Values(list))
	median := sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		median = (median + sorted[len(sorted)/2-1]) / 2
	}
	return [3]float64{sorted[0], median, sorted[len(sorted)-1]}
}
