package box

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/gwanmun/gwanmun/kubebox/internal/parts"
	"github.com/gwanmun/gwanmun/kubebox/internal/pki"
	"github.com/gwanmun/gwanmun/kubebox/internal/state"
)

// How long each step of stopping may take before the next one starts regardless.
const patience = 10 * time.Second

// Run starts a cluster, announces it, and serves until the context ends or a component fails. It returns when everything has
// stopped. Components set up state of the whole process, so a process can call it once.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := state.Open(o.StateDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	if err := settleServices(dir, o.ServiceCIDR); err != nil {
		return err
	}
	listener, err := listen(o.Listen, dir.Facts.Port)
	if err != nil {
		return err
	}
	defer listener.Close() // if the API server does not come that far
	b := &box{Options: o, dir: dir, listener: listener, crew: newCrew()}
	if err := b.prepare(time.Now()); err != nil {
		return err
	}
	defer b.log.Close()
	if err := b.forget(); err != nil {
		return err
	}
	return errors.Join(b.run(ctx), b.forget())
}

// box is one run.
type box struct {
	Options
	dir      *state.Dir
	listener net.Listener
	log      *os.File
	crew     *crew
	files    pki.Files
	access   access
}

// prepare writes everything that the components read.
func (b *box) prepare(now time.Time) error {
	if b.LogFile == "" {
		b.LogFile = b.dir.Log()
	}
	var err error
	if b.log, err = openLog(b.LogFile); err != nil {
		return err
	}
	b.LogFile = b.log.Name()
	if err := parts.LogTo(b.log, func() { b.crew.fail(errors.New("a component gave up")) }); err != nil {
		return err
	}
	b.files = pki.Folder(b.dir.PKI())
	authority, err := b.authority(now)
	if err != nil {
		return err
	}
	address := b.listener.Addr().(*net.TCPAddr).AddrPort()
	certificate, err := authority.Server([]netip.Addr{address.Addr().Unmap()}, nil, now)
	if err != nil {
		return err
	}
	if err := b.files.WriteServer(certificate); err != nil {
		return fmt.Errorf("write the API server's certificate: %w", err)
	}
	if b.access, err = writeAccess(b.dir, "https://"+address.String(), authority, now); err != nil {
		return err
	}
	b.dir.Facts.Port = int(address.Port())
	b.dir.Facts.Version = Version()
	return b.dir.Save()
}

// authority loads what an earlier start has made, or makes it if nothing depends on it yet.
func (b *box) authority(now time.Time) (*pki.Authority, error) {
	if !b.dir.HasData() && !b.files.Exists() {
		a, err := b.files.Create(now)
		if err != nil {
			return nil, fmt.Errorf("make the certificate authority: %w", err)
		}
		return a, nil
	}
	a, err := b.files.Load(now)
	if err != nil {
		return nil, b.dir.Damaged(err)
	}
	return a, nil
}

// run starts the components in order: each needs the one before. It ends them in the opposite order.
func (b *box) run(ctx context.Context) error {
	used := b.dir.HasData()
	etcd, err := parts.StartEtcd(ctx, parts.Etcd{
		Dir: b.dir.Etcd(), ClientSocket: b.dir.ClientSocket(), PeerSocket: b.dir.PeerSocket(), Log: b.log,
	})
	if err != nil {
		switch {
		case ctx.Err() != nil:
			return nil
		case used:
			err = b.dir.Damaged(err)
		}
		return fmt.Errorf("%w; %s", err, b.seeLog())
	}
	defer func() {
		b.crew.stop(b.Say)
		if !within(patience, etcd.Stop) {
			b.Say("etcd did not stop in time")
		}
	}()
	// Values of ctx are of interest, its end is not: the crew stops its members in order.
	base := context.WithoutCancel(ctx)
	b.crew.start(base, "API server", func(ctx context.Context) error {
		return parts.RunAPIServer(ctx, parts.APIServer{
			Listener: b.listener, EtcdSocket: b.dir.ClientSocket(), ServiceCIDR: b.dir.Facts.ServiceCIDR, Files: b.files,
		})
	})
	watch, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan error, 1)
	go func() { ready <- b.becomeReady(watch, base) }()
	if err := b.attend(ctx, ready, etcd.Failed()); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w; %s", err, b.seeLog())
	}
	return nil
}

// becomeReady waits for the API server, starts what needs it, waits for that, and announces the cluster.
func (b *box) becomeReady(ctx, base context.Context) error {
	client, err := b.access.client()
	if err != nil {
		return err
	}
	if err := client.healthy(ctx); err != nil {
		return err
	}
	b.crew.start(base, "controller manager", func(ctx context.Context) error {
		return parts.RunControllers(ctx, parts.Controllers{
			Kubeconfig: b.access.controllers, Files: b.files, PluginDir: filepath.Join(b.dir.Path, "volume-plugins"),
		})
	})
	b.crew.start(base, "scheduler", func(ctx context.Context) error { return parts.RunScheduler(ctx, b.access.scheduler) })
	version, err := client.usable(ctx)
	if err != nil {
		return err
	}
	return b.announce(Info{Kubeconfig: b.access.admin, Server: b.access.server, Version: version})
}

// attend returns when the run is over, with the reason if something failed.
func (b *box) attend(ctx context.Context, ready, etcd <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-b.crew.failed:
			return err
		case err := <-etcd:
			return err
		case err := <-ready:
			if err != nil {
				return err
			}
			ready = nil
		}
	}
}

func (b *box) seeLog() string { return "see " + b.LogFile }
