package parts

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// Etcd says where etcd keeps its data and listens. It opens no port.
type Etcd struct {
	Dir string
	// ClientSocket and PeerSocket are paths of unix sockets.
	ClientSocket, PeerSocket string
	Log                      io.Writer
}

// RunningEtcd is an etcd that serves.
type RunningEtcd struct {
	member *embed.Etcd
	failed <-chan error
}

// StartEtcd starts etcd and waits until it serves. An error means that the data cannot be used.
func StartEtcd(ctx context.Context, o Etcd) (*RunningEtcd, error) {
	failed := make(chan error, 1)
	c := etcdConfig(o)
	c.ZapLoggerBuilder = embed.NewZapLoggerBuilder(etcdLogger(o.Log, failed))
	started := make(chan *embed.Etcd, 1)
	// In a goroutine of its own, because giving up ends the goroutine.
	go func() {
		member, err := embed.StartEtcd(c)
		if err != nil {
			report(failed, err)
			return
		}
		<-member.Server.ReadyNotify()
		started <- member
	}()
	select {
	case member := <-started:
		return &RunningEtcd{member: member, failed: failed}, nil
	case err := <-failed:
		return nil, fmt.Errorf("start etcd: %w", err)
	case <-ctx.Done():
		return nil, fmt.Errorf("start etcd: %w", ctx.Err())
	}
}

// Failed gets an error when etcd gives up.
func (e *RunningEtcd) Failed() <-chan error { return e.failed }

// Stop ends etcd and waits for that.
func (e *RunningEtcd) Stop() { e.member.Close() }

func etcdConfig(o Etcd) *embed.Config {
	c := embed.NewConfig()
	c.Name = "kubebox"
	c.Dir = o.Dir
	c.ListenClientUrls = []url.URL{{Scheme: "unix", Path: o.ClientSocket}}
	// For peers etcd takes the host for the path; without one it would listen on an abstract socket, open to all users.
	c.ListenPeerUrls = []url.URL{{Scheme: "unix", Host: o.PeerSocket}}
	// Nobody joins, so the addresses that others would use are names that stay the same when the folder moves. They must look
	// like a host and a port.
	c.AdvertiseClientUrls = []url.URL{{Scheme: "http", Host: "localhost:2379"}}
	c.AdvertisePeerUrls = []url.URL{{Scheme: "http", Host: "localhost:2380"}}
	c.InitialCluster = c.Name + "=http://localhost:2380"
	// A single member waits a whole election before it serves: make elections short.
	c.TickMs = 10
	c.ElectionMs = 100
	// Losing the last writes when the machine loses power is fine for a sandbox, waiting for the disk at each write is not.
	// A process that is killed loses nothing.
	c.UnsafeNoFsync = true
	c.WarningUnaryRequestDuration = time.Second // left at zero, etcd would warn at every request
	return c
}
