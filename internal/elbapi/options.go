package elbapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// DefaultListen is where the API listens when nothing else is said.
const DefaultListen = "127.0.0.1:4566"

// Options are what a Server takes from outside. All of them may be left out.
type Options struct {
	// Listen is the address of the API, such as DefaultListen; port 0 takes a free one. Without it, and without Listener, the
	// API is reached through Handler only.
	Listen string
	// Listener is used in place of Listen.
	Listener net.Listener

	// StateDir is a folder that keeps the state; without it the state is forgotten at the end.
	StateDir string
	// LogFolder stands for S3: each bucket is a folder in it, and load balancers' logs are delivered there that ask for it. It
	// is the folder s3 in StateDir when empty; without both nothing is delivered.
	LogFolder string
	// WorldFile is a file that says what exists before the first call, World the same as a value; world.Default() without
	// both. A state that was kept wins over them.
	WorldFile string
	World     *world.File
	// Region replaces the region of the world's file.
	Region string

	// DNSListen is an address for DNS over UDP and TCP; no DNS when empty.
	DNSListen string
	// DNSSuffix ends the names of load balancers, with {address} for their address; "{address}.sslip.io" when empty.
	DNSSuffix string
	// Addresses are what load balancers get their addresses from; 127.10.0.0/16 when zero.
	Addresses netip.Prefix
	// FilterLoopback has security groups hold for clients on this machine, too, which are always let in otherwise.
	FilterLoopback bool
	// Bind says where the listener of a load balancer's address and port is served; there itself when nil.
	Bind func(at netip.AddrPort) netip.AddrPort
	// CheckPace divides the intervals of health checks; 1 when 0. More is for tests and demonstrations.
	CheckPace int
	// Dial opens connections to targets; a plain dialer when nil. MapTargets makes one for machines that have no 10.0.0.0/8.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Driver and Zone are those of proxy.Options.
	Driver, Zone string
	// Login is about logins and token checks: whether identity providers may be on this machine, and where user pools are that
	// are not in AWS.
	Login traffic.LoginOptions
	// Provisioning is how long a fresh load balancer is in state provisioning; 0: it is active at once.
	Provisioning time.Duration

	// Faults are the rules that hold from the start.
	Faults []fault.Rule
	// Throttle limits calls that change nothing, as AWS does with fault.DescribeRate; no limit when nil.
	Throttle *fault.Rate
	// Secrets are the secrets of access keys; signatures are checked when there are any. Any access key is accepted when nil.
	Secrets map[string]string

	// Logger, AccessLog (a line for each request to a load balancer) and Metrics drop what they get when nil.
	Logger    *slog.Logger
	AccessLog io.Writer
	Metrics   prometheus.Registerer

	// Now is the clock; Random is where ids come from; Chance gives numbers from 0 up to 1 for faults. The system's when nil.
	Now    func() time.Time
	Random io.Reader
	Chance func() float64
}

// complete fills in what was left out.
func (o *Options) complete() error {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	o.Random = &oneByOne{from: o.Random}
	if o.Chance == nil {
		o.Chance = mathrand.Float64
	}
	if o.WorldFile != "" {
		text, err := os.ReadFile(o.WorldFile)
		if err != nil {
			return fmt.Errorf("reading the world's file: %w", err)
		}
		if o.World, err = world.Parse(text); err != nil {
			return fmt.Errorf("%s: %w", o.WorldFile, err)
		}
	}
	if o.World == nil {
		o.World = world.Default()
	}
	if o.Region != "" && o.Region != o.World.Region {
		moved, err := inRegion(o.World, o.Region)
		if err != nil {
			return err
		}
		o.World = moved
	}
	o.DNSSuffix = cmp.Or(o.DNSSuffix, "{address}.sslip.io")
	if o.DNSListen != "" && !strings.HasPrefix(o.DNSSuffix, "{address}.") {
		return fmt.Errorf("the suffix of DNS names %q does not begin with {address}. and could not be resolved here", o.DNSSuffix)
	}
	return nil
}

// oneByOne lets several goroutines read from a source that is made for one.
type oneByOne struct {
	mu   sync.Mutex
	from io.Reader
}

func (r *oneByOne) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return io.ReadFull(r.from, p)
}

// inRegion writes a world's file for another region: everywhere that the old one's name begins a zone, names a machine or
// stands in an ARN.
func inRegion(f *world.File, region string) (*world.File, error) {
	text, err := f.Marshal()
	if err != nil {
		return nil, err
	}
	moved, err := world.Parse([]byte(strings.ReplaceAll(string(text), f.Region, region)))
	if err != nil {
		return nil, fmt.Errorf("moving the world to region %s: %w", region, err)
	}
	return moved, nil
}
