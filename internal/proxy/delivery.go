package proxy

import (
	"cmp"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/telemetry"
	"github.com/gwanmun/gwanmun/internal/proxy/telemetry/bucket"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// LogFolder is where the logs of load balancers go that ask for delivery to a bucket (access_logs.s3.*,
// connection_logs.s3.*, health_check_logs.s3.*). The zero value delivers nothing.
type LogFolder struct {
	// Path is a folder in which each bucket is a folder; it is made when it is not there.
	Path string
	// Account and Region are parts of the files' names; 000000000000 and "local" when empty. Load balancers whose ID is
	// an ARN take those of the ARN.
	Account, Region string
}

// openDeliveries starts the delivery of logs; nil without a folder.
func openDeliveries(o *Options) (*telemetry.Deliveries, error) {
	if o.LogFolder.Path == "" {
		return nil, nil
	}
	store, err := bucket.Open(bucket.Options{Folder: o.LogFolder.Path, Logger: o.Logger, Now: o.Now})
	if err != nil {
		return nil, err
	}
	return telemetry.NewDeliveries(store, cmp.Or(o.LogFolder.Account, "000000000000"), cmp.Or(o.LogFolder.Region, "local")), nil
}

// closeDeliveries delivers what waits and ends the delivery.
func (s *Server) closeDeliveries() error {
	if s.deliveries == nil {
		return nil
	}
	return s.deliveries.Store().Close()
}

// follow notes the load balancers that units speak of, and where their logs go. It returns those that no unit speaks of any
// more: leave is to be told of them when nothing new comes to them.
func (s *Server) follow(changed []compile.Unit, removed []string) (gone []string) {
	for _, key := range removed {
		gone = append(gone, s.followUnit(key, nil)...)
	}
	for _, u := range changed {
		gone = append(gone, s.followUnit(u.Key, u.Model)...)
	}
	return slices.DeleteFunc(gone, s.spokenOf)
}

// followUnit takes a unit in place of what it was and returns the load balancers that it spoke of before.
func (s *Server) followUnit(key string, m *model.Model) []string {
	before := s.balancers[key]
	delete(s.balancers, key)
	s.owners.set(key, m)
	if m == nil {
		return before
	}
	var groups []string
	for i := range m.TargetGroups {
		groups = append(groups, m.TargetGroups[i].ID)
	}
	for i := range m.LoadBalancers {
		lb := &m.LoadBalancers[i]
		if lb.Dialect == model.DialectNginx {
			continue
		}
		s.balancers[key] = append(s.balancers[key], lb.ID)
		if s.deliveries != nil {
			s.deliveries.Set(lb, groups)
		}
	}
	return before
}

// spokenOf says whether any unit still speaks of a load balancer.
func (s *Server) spokenOf(id string) bool {
	for _, ids := range s.balancers { // any will do
		if slices.Contains(ids, id) {
			return true
		}
	}
	return false
}

// leave lets go of load balancers that are gone: of their logs and their series.
func (s *Server) leave(gone []string) {
	for _, id := range gone {
		s.metrics.ForgetLoadBalancer(id)
		if s.deliveries != nil {
			s.deliveries.Drop(id)
		}
	}
}

// handshaken is told of every attempt of a client to set up TLS.
func (s *Server) handshaken(l *compile.Listener, h *exchange.Handshake) {
	s.log.WriteHandshake(l, h)
}

// checked is told of every health check.
func (s *Server) checked(c upstream.HealthCheck) {
	s.log.WriteHealthCheck(&telemetry.HealthCheck{
		Group: c.Group, Address: c.Address, Protocol: c.Protocol, Time: c.Time, Took: c.Took, Passed: c.Passed, Code: c.Code,
		Reason: string(c.Reason),
	})
}
