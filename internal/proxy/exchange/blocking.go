package exchange

// Blocking is what a filter implements whose Request or Response may wait: for a network, a lock that is held long, or a
// computation of more than some tens of microseconds. Filters without it run inline on an event loop, where whatever
// waits makes all connections of the loop wait with it.
type Blocking interface {
	// Blocks says whether this filter, as it was made for its rule, may wait. The answer never changes.
	Blocks() bool
}
