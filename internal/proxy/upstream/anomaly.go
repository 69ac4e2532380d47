package upstream

import (
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// Anomaly detection watches groups whose algorithm is weighted_random: a target that fails far more often than its peers
// is anomalous; with load_balancing.algorithm.anomaly_mitigation on it gets a smaller share for as long, and its full one
// back bit by bit. ELB says when it acts (at least three healthy targets, 5xx and failed connections, a shift of weights
// every five seconds, a gradual return) and keeps the mathematics to itself; what follows is ours.
const (
	// anomalyEvery is how often targets are compared and weights shifted.
	anomalyEvery = 5 * time.Second
	// anomalyPeers is the least number of healthy targets to compare.
	anomalyPeers = 3
	// anomalyRequests is the least number of requests of late to judge a target by.
	anomalyRequests = 10
	// anomalyMargin is by how much the share of failures has to exceed that of the peers, anomalySigma by how many standard
	// deviations of chance.
	anomalyMargin, anomalySigma = 0.05, 3
	// fullWeight is an untouched share, leastWeight what an anomalous target keeps, so that its recovery is noticed.
	fullWeight, leastWeight = 1000, 20
	// weightStep is how much weight a target gets back each time.
	weightStep = fullWeight / 10
)

// anomaly is what is known of a target's failures. Only the detector touches it, apart from the atomic members.
type anomaly struct {
	// requests and failures of late: each comparison halves them before it adds what is new.
	requests, failures float64
	// seen are the counters at the latest comparison.
	seenRequests, seenFailures uint64
	// lost is the weight that was taken away, 0 to fullWeight-leastWeight.
	lost      atomic.Int32
	anomalous atomic.Bool
}

// weight is the target's share of fullWeight.
func (a *anomaly) weight() uint64 { return uint64(fullWeight - a.lost.Load()) }

// outcomes counts the requests of a target that are over, and those among them that were answered 5xx or not at all.
func (t *Target) outcomes() (requests, failures uint64) {
	failures = t.classes[5].Load() + t.errors.Load()
	requests = failures
	for _, class := range []int{1, 2, 3, 4} {
		requests += t.classes[class].Load()
	}
	return requests, failures
}

// look takes in what happened since the latest comparison.
func (a *anomaly) look(t *Target) {
	requests, failures := t.outcomes()
	a.requests = a.requests/2 + float64(requests-a.seenRequests)
	a.failures = a.failures/2 + float64(failures-a.seenFailures)
	a.seenRequests, a.seenFailures = requests, failures
}

func (a *anomaly) rate() float64 {
	if a.requests == 0 {
		return 0
	}
	return a.failures / a.requests
}

// exceeds says whether the failures are more than chance makes of the peers' rate.
func (a *anomaly) exceeds(peers float64) bool {
	if a.requests < anomalyRequests {
		return false
	}
	chance := anomalySigma * math.Sqrt(a.requests*peers*(1-peers)+1)
	return a.failures > a.requests*peers+math.Max(chance, anomalyMargin*a.requests)
}

// detect compares the group's targets and shifts weights.
func (g *Group) detect() {
	s := g.settings.Load()
	g.mu.Lock()
	defer g.mu.Unlock()
	var peers []*Target
	for _, t := range g.order {
		t.anomaly.look(t)
		if t.state() == Healthy {
			peers = append(peers, t)
		} else {
			t.anomaly.clear()
		}
	}
	watch := s.algorithm == WeightedRandom && len(peers) >= anomalyPeers
	shifted := false
	for i, t := range peers {
		t.anomaly.anomalous.Store(watch && t.anomaly.exceeds(othersRate(peers, i)))
		t.anomaly.shift(watch && s.mitigate)
		shifted = shifted || t.anomaly.lost.Load() > 0
	}
	g.shifted.Store(shifted)
}

// othersRate is the median rate of failures of all peers but one: a few that fail do not hide each other.
func othersRate(peers []*Target, but int) float64 {
	rates := make([]float64, 0, len(peers)-1)
	for i, t := range peers {
		if i != but {
			rates = append(rates, t.anomaly.rate())
		}
	}
	slices.Sort(rates)
	return rates[(len(rates)-1)/2]
}

// shift halves the weight of an anomalous target down to the least one, and gives back a step to one that is not.
func (a *anomaly) shift(mitigate bool) {
	weight := int32(fullWeight) - a.lost.Load()
	switch {
	case !mitigate:
		weight = fullWeight
	case a.anomalous.Load():
		weight = max(weight/2, leastWeight)
	default:
		weight = min(weight+weightStep, fullWeight)
	}
	a.lost.Store(fullWeight - weight)
}

// clear forgets what a target did before it stopped being healthy.
func (a *anomaly) clear() {
	a.requests, a.failures = 0, 0
	a.lost.Store(0)
	a.anomalous.Store(false)
}

// watch compares targets for as long as the registry lives.
func (r *Registry) watch() {
	ticker := time.NewTicker(anomalyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-r.life.Done():
			return
		case <-ticker.C:
			for _, g := range r.Groups() {
				if g.settings.Load().algorithm == WeightedRandom || g.shifted.Load() {
					g.detect()
				}
			}
		}
	}
}
