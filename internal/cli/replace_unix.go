//go:build unix

package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/gwanmun/gwanmun/internal/handover"
	"github.com/gwanmun/gwanmun/internal/local"
)

// replaceable is a context that ends with ctx, and when another process has taken over: each signal USR2 starts the binary
// anew and hands it all sockets. When that one does not come up, this one says why and goes on.
func replaceable(ctx context.Context, s streams, server *local.Server, metrics *net.TCPListener) (context.Context, func()) {
	path := program()
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			}
			fmt.Fprintln(s.err, "gwanmun: starting the process that takes over")
			pid, err := replace(ctx, path, server, metrics)
			if err == nil {
				fmt.Fprintf(s.err, "gwanmun: process %d of %s has taken over; this one ends what it has begun\n", pid, path)
				cancel()
				return
			}
			fmt.Fprintf(s.err, "gwanmun: nobody has taken over, and this process goes on: %v\n", err)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel()
		<-done
	}
}

// program is the path of the program as this process was started with: where a new version of it is put. The system's own
// word for it follows the file when it is moved away.
func program() string {
	path, err := exec.LookPath(os.Args[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "" // the system's word for it, then
	}
	return path
}

// replace starts the process that takes over and waits until it serves.
func replace(ctx context.Context, path string, server *local.Server, metrics *net.TCPListener) (pid int, err error) {
	open, note, err := server.HandOver()
	if err != nil {
		return 0, err
	}
	sockets := make([]handover.Socket, 0, len(open)+1)
	for _, k := range open {
		kind := handover.TCP
		if k.Datagrams {
			kind = handover.UDP
		}
		sockets = append(sockets, handover.Socket{Kind: kind, Name: k.Name, Conn: k.Conn})
	}
	if metrics != nil {
		raw, err := metrics.SyscallConn()
		if err != nil {
			server.Stay()
			return 0, err
		}
		sockets = append(sockets, handover.Socket{Kind: handover.TCP, Name: metricsSocket, Conn: raw})
	}
	process, err := handover.Start(ctx, handover.Successor{Path: path, Note: note}, sockets)
	if err != nil {
		server.Stay()
		return 0, err
	}
	pid = process.Pid
	return pid, process.Release()
}
