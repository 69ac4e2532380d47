package action

import (
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// Surroundings are what load balancers stand in: networks, machines, certificates. Lookups say whether there is such a
// thing.
type Surroundings interface {
	Identity() world.Identity
	VPC(id string) (world.VPC, bool)
	Zone(name string) (world.Zone, bool)
	Subnet(id string) (world.Subnet, bool)
	SecurityGroup(id string) (world.SecurityGroup, bool)
	// DefaultSecurityGroup is what a load balancer gets that names no group.
	DefaultSecurityGroup(vpc string) (world.SecurityGroup, bool)
	HasInternetGateway(vpc string) bool
	Instance(id string) (world.Instance, bool)
	Certificate(arn string) (world.Certificate, bool)
	// AddInterface makes a network interface and gives it an id and, if it has none, an address of its subnet.
	AddInterface(i world.Interface) (world.Interface, error)
	// RemoveInterfaces deletes the interfaces with that description and counts them.
	RemoveInterfaces(description string) int
	// UseCertificate notes that a load balancer, by ARN, uses a certificate, or does not any more.
	UseCertificate(arn, user string, used bool)
}

// Carrier carries the traffic of load balancers and knows how their targets do.
type Carrier interface {
	// Health lists the targets of a group, those that drain too, and says whether the group is served at all.
	Health(targetGroup string) ([]store.TargetHealth, bool)
	// Failure says why a load balancer cannot be served, or "".
	Failure(loadBalancer string) string
}

// Options are what Actions take from outside.
type Options struct {
	// Store is required. Restore it before New: the certificates that it uses are noted in World then.
	Store *store.Store
	// World is required.
	World Surroundings
	// Carrier is asked for health; nil: no target's health ever becomes known.
	Carrier Carrier
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Provisioning is how long a fresh load balancer is in state provisioning; 0: it is active at once.
	Provisioning time.Duration
	// DNSSuffix ends the DNS names of load balancers after "elb.": {address} stands for the load balancer's address with
	// hyphens in place of dots. "{address}.sslip.io" when empty; "amazonaws.com" gives AWS's own names.
	DNSSuffix string
	// Quotas overrides numbers of the table in quotas.go, by name.
	Quotas map[string]int
	// ReadFile reads a trust store's certificates; os.ReadFile when nil.
	ReadFile func(path string) ([]byte, error)
	// ReadObject reads what stands for an object in S3; nil: there is no S3, and buckets are folders named by file://.
	ReadObject func(bucket, key string) ([]byte, error)
}

// Actions answer calls. All methods may be called from any goroutine.
type Actions struct {
	store    *store.Store
	world    Surroundings
	carrier  Carrier
	now      func() time.Time
	readFile func(string) ([]byte, error)
	options  Options
}

// New makes Actions.
func New(o Options) *Actions {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.DNSSuffix == "" {
		o.DNSSuffix = "{address}.sslip.io"
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	a := &Actions{store: o.Store, world: o.World, carrier: o.Carrier, now: o.Now, readFile: o.ReadFile, options: o}
	a.store.View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			for _, arn := range certificatesOf(s, b.ARN) {
				a.world.UseCertificate(arn, b.ARN, true)
			}
		}
	})
	return a
}

// dnsSuffix is the end of the DNS names of the load balancer at an address.
func (a *Actions) dnsSuffix(at netip.Addr) string {
	plain := strings.NewReplacer(".", "-", ":", "-").Replace(at.String())
	return strings.ReplaceAll(a.options.DNSSuffix, "{address}", plain)
}
