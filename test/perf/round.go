package main

import (
	"fmt"
	"slices"
	"time"
)

// sample is one measurement of one peer.
type sample struct {
	// CPU is microseconds of processor time per unit.
	CPU  float64    `json:"cpu_us"`
	Rate float64    `json:"units_per_s"`
	Load loadResult `json:"load"`
}

// result is all that was measured of a case.
type result struct {
	Case      string              `json:"case"`
	Unit      string              `json:"unit"`
	Generator string              `json:"generator"`
	Samples   map[string][]sample `json:"samples"`
	// Left says why a peer is not measured.
	Left map[string]string `json:"left_out,omitempty"`
	// Ratios of our processor time per unit to a peer's, inside a round: min, median, max.
	Ratios map[string][3]float64 `json:"ratios,omitempty"`
	// Note tells what else there is to know.
	Note string `json:"note,omitempty"`

	order  []string
	timing bool
}

// measure runs the rounds of one case: all peers one after the other, again and again, so that what else the machine
// does hits everybody alike. Ratios are taken inside a round.
func (b *bench) measure(c testCase) result {
	r := result{
		Case: c.name, Unit: c.unit(), Generator: b.generator(c), Samples: map[string][]sample{}, Left: map[string]string{},
		Ratios: map[string][3]float64{}, timing: c.kind == steady || c.kind == swaps,
	}
	if r.timing {
		r.Note = fmt.Sprintf("%.0f requests per second for everybody", b.rate())
	}
	taking := b.taking(c, &r)
	if r.Left["gwanmun"] != "" {
		return r // there is nothing to compare with
	}
	ratios := map[string][]float64{}
	for turn := range b.options.rounds {
		round := map[string]sample{}
		for _, p := range taking {
			if turn >= b.roundsOf(p, c) {
				continue
			}
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
	b.note(c, &r)
	return r
}

// taking are the peers that take part in a case, warmed up.
func (b *bench) taking(c testCase, r *result) (out []*peer) {
	for _, p := range b.peers {
		r.order = append(r.order, p.name)
		switch {
		case p.missing != "":
			r.Left[p.name] = p.missing
		case p.broken[c.name] != "":
			r.Left[p.name] = p.broken[c.name]
		case c.kind == swaps && p.swap == nil:
			r.Left[p.name] = "it takes a new configuration by a new process only"
		default:
			out = append(out, p)
			_, _ = b.load(p, c, b.options.duration) // warm up
		}
	}
	return out
}

// note remembers the slowest rate of the first case, which is small requests over 64 connections.
func (b *bench) note(c testCase, r *result) {
	if c.name != cases[0].name {
		return
	}
	for _, list := range r.Samples {
		rate := spread(column(list, func(s sample) float64 { return s.Rate }))[1]
		if b.slowest == 0 || rate < b.slowest {
			b.slowest = rate
		}
	}
}

// one measures one peer once.
func (b *bench) one(p *peer, c testCase) (sample, error) {
	before, err := p.process.cpu()
	if err != nil {
		return sample{}, err
	}
	start := time.Now()
	var stop func() error
	if c.kind == swaps {
		stop = p.keepSwapping(c.every)
	}
	load, err := b.load(p, c, b.lengthOf(c))
	if stop != nil {
		if failed := stop(); err == nil {
			err = failed
		}
	}
	if err != nil {
		return sample{}, err
	}
	took := time.Since(start)
	after, err := p.process.cpu()
	if err != nil {
		return sample{}, err
	}
	if load.Requests == 0 || load.Errors > 0 && c.kind != swaps {
		return sample{}, fmt.Errorf("%d answers, %d errors", load.Requests, load.Errors)
	}
	// Heads come on top of bodies; requests that were under way at the end have sent bytes and do not count.
	if per := load.Bytes / load.Requests; c.size > 0 && (per < c.size || per > c.size+c.size/5+2048) {
		return sample{}, fmt.Errorf("%d bytes per answer, not %d and a head", per, c.size)
	}
	units := float64(load.Requests)
	if c.bulk() {
		units = float64(load.Bytes) / 1e6
	}
	return sample{CPU: float64(after-before) / 1e3 / units, Rate: units / took.Seconds(), Load: load}, nil
}

// roundsOf is how many rounds somebody takes part in. In the short run, long cases have fewer, and so have those whose
// ratios are far from 1.
func (b *bench) roundsOf(p *peer, c testCase) int {
	switch {
	case b.options.full:
		return b.options.rounds
	case p.name == "caddy" || p.name == "traefik":
		return min(b.options.rounds, 2)
	case c.length > b.options.duration:
		return min(b.options.rounds, 3)
	}
	return b.options.rounds
}

// lengthOf is how long one measurement of a case takes.
func (b *bench) lengthOf(c testCase) time.Duration {
	return max(c.length, b.options.duration)
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
