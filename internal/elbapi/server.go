package elbapi

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/front"
	"github.com/gwanmun/gwanmun/internal/elbapi/keep"
	"github.com/gwanmun/gwanmun/internal/elbapi/resolver"
	"github.com/gwanmun/gwanmun/internal/elbapi/side"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// Server is an embedded AWS.
type Server struct {
	options Options
	world   *world.World
	store   *store.Store
	traffic *traffic.Traffic
	handler *front.Handler
	faults  *fault.Set
	// keeper, resolver and listener are nil when nothing was asked of them.
	keeper   *keep.Keeper
	resolver *resolver.Server
	listener net.Listener
	http     *http.Server

	// keys are shared with the process before and after this one; nil without a state folder.
	keys *keyring.File
	// stop ends keeping; nil without a keeper.
	stop    context.CancelFunc
	keeping sync.WaitGroup
	closing sync.Once
	closed  error
}

// New makes a server: its sockets are open and its load balancers carry traffic when it returns. Calls over HTTP are answered
// while Run runs. Close must be called in the end.
func New(o Options) (*Server, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &Server{options: o}
	if err := s.assemble(); err != nil {
		end, cancel := context.WithTimeout(context.Background(), time.Second) // nothing has been served yet
		defer cancel()
		_ = s.Close(end) // err says what matters
		return nil, err
	}
	return s, nil
}

// assemble puts the rooms together, from the state up.
func (s *Server) assemble() error {
	if err := s.state(); err != nil {
		return err
	}
	o := &s.options
	keys, err := s.openKeys()
	if err != nil {
		return err
	}
	s.traffic, err = traffic.New(traffic.Options{
		Keys:  keys,
		Login: o.Login,
		Store: s.store, World: s.world, Dial: o.Dial, Driver: o.Driver, Zone: o.Zone, CheckPace: o.CheckPace, Logger: o.Logger, AccessLog: o.AccessLog, Metrics: o.Metrics, Bind: o.Bind, FilterLoopback: o.FilterLoopback,
		LogFolder: o.logFolder(),
		LookEvery: time.Second,
	})
	if err != nil {
		return err
	}
	if s.faults, err = fault.NewSet(o.Chance, o.Faults...); err != nil {
		return err
	}
	if s.handler, err = s.front(); err != nil {
		return err
	}
	if o.DNSListen != "" {
		_, suffix, _ := strings.Cut(o.DNSSuffix, "{address}")
		if s.resolver, err = resolver.Listen(o.DNSListen, suffix); err != nil {
			return err
		}
	}
	s.listener = o.Listener
	if s.listener == nil && o.Listen != "" {
		if s.listener, err = net.Listen("tcp", o.Listen); err != nil {
			return fmt.Errorf("listening for calls: %w", err)
		}
	}
	s.http = &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	if s.keeper != nil {
		ctx, stop := context.WithCancel(context.Background()) // ended by Close
		s.stop = stop
		s.keeping.Go(func() { s.keeper.Run(ctx) })
		s.keeping.Go(func() {
			s.keys.Run(ctx, func(err error) { o.Logger.Error("the keys of cookies and tickets stay as they are", "error", err) })
		})
	}
	return nil
}

// logFolder is where load balancers' logs are delivered to.
func (o *Options) logFolder() string {
	if o.LogFolder == "" && o.StateDir != "" {
		return filepath.Join(o.StateDir, "s3")
	}
	return o.LogFolder
}

// state makes the world and the store, from what was kept if anything was.
func (s *Server) state() error {
	o := &s.options
	var err error
	if s.world, err = world.New(o.World, world.Options{Rand: o.Random, Now: o.Now}); err != nil {
		return err
	}
	s.store = store.New(store.Options{Seed: o.World.Account, Addresses: o.Addresses, Now: o.Now})
	if o.StateDir == "" {
		return nil
	}
	var restored bool
	s.keeper, restored, err = keep.Open(o.StateDir, o.Logger, keep.Part{Name: "world", Source: s.world}, keep.Part{Name: "store", Source: s.store})
	if err != nil {
		return err
	}
	if region := s.world.Identity().Region; restored && o.Region != "" && region != o.Region {
		return fmt.Errorf("the state in %s is of region %s, not %s; choose another folder", o.StateDir, region, o.Region)
	}
	return nil
}

// KeysName is the file in the state folder that holds the keys of cookies, sessions and TLS tickets.
const KeysName = "keys"

// openKeys reads the keys in the state folder; nil without one.
func (s *Server) openKeys() (*keyring.Keeper, error) {
	o := &s.options
	if o.StateDir == "" {
		return nil, nil
	}
	keeper := &keyring.Keeper{}
	var err error
	s.keys, err = keyring.OpenFile(filepath.Join(o.StateDir, KeysName), keeper, o.Now)
	return keeper, err
}

// maxObject bounds what is read of an object that stands for one in S3.
const maxObject = 16 << 20

// objects reads objects of S3 from the state folder; nil without one.
func (s *Server) objects() func(bucket, key string) ([]byte, error) {
	dir := s.options.StateDir
	if dir == "" {
		return nil
	}
	return func(bucket, key string) ([]byte, error) {
		path, err := keep.Object(dir, bucket, key)
		if err != nil {
			return nil, err
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, maxObject+1))
		if err == nil && len(text) > maxObject {
			err = fmt.Errorf("it has more than %d bytes", maxObject)
		}
		return text, err
	}
}

// front makes the handler, with the table of all calls.
func (s *Server) front() (*front.Handler, error) {
	o := &s.options
	actions := action.New(action.Options{
		Store: s.store, World: s.world, Carrier: s.traffic, Now: o.Now, Provisioning: o.Provisioning, DNSSuffix: o.DNSSuffix,
		ReadObject: s.objects(),
	})
	around := side.New(side.Options{World: s.world, Balancers: s.tagged})
	var buckets *fault.Buckets
	if o.Throttle != nil {
		buckets = fault.NewBuckets(*o.Throttle, o.Now)
	}
	identity := s.world.Identity()
	return front.New(front.Options{
		Operations: slices.Concat(action.Operations(actions), side.Operations(around)),
		Region:     identity.Region, Account: identity.Account, RequestID: requestIDs(o.Random), Now: o.Now, Logger: o.Logger,
		Faults: s.faults, Buckets: buckets, Secrets: o.Secrets, PublicKey: s.publicKey,
	})
}

// publicKey finds a key that verifies what load balancers tell targets of users.
func (s *Server) publicKey(id string) ([]byte, bool) {
	k, ok := s.traffic.Server().PublicKey(id)
	return k.PEM, ok
}

// tagged are the resources of ELBv2, for the services around it.
func (s *Server) tagged() []side.Resource {
	all := s.store.Tagged()
	out := make([]side.Resource, len(all))
	for i, r := range all {
		out[i] = side.Resource{ARN: r.ARN, Tags: r.Tags}
	}
	return out
}

// requestIDs makes ids in the form of a UUID from a source of random bytes.
func requestIDs(random io.Reader) func() string {
	return func() string {
		var b [16]byte
		_, _ = io.ReadFull(random, b[:]) // an id that is all zeros does no harm
		text := hex.EncodeToString(b[:])
		return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
	}
}

// Run answers calls until the context ends or the listener fails. It needs Listen or Listener.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		return errors.New("there is no address to listen on")
	}
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("answering calls: %w", err)
	}
}

// Close lets calls and requests that have begun end until the context does, ends everything else, and writes the state. It may
// be called more than once.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Do(func() { s.closed = s.close(ctx) })
	return s.closed
}

func (s *Server) close(ctx context.Context) error {
	var errs []error
	if s.http != nil {
		errs = append(errs, s.http.Shutdown(ctx), s.http.Close())
	}
	if s.listener != nil {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.stop != nil {
		s.stop()
		s.keeping.Wait()
	}
	if s.traffic != nil {
		errs = append(errs, s.traffic.Close(ctx))
	}
	if s.resolver != nil {
		errs = append(errs, s.resolver.Close(ctx))
	}
	if s.keeper != nil {
		errs = append(errs, s.keeper.Close())
	}
	return errors.Join(errs...)
}
