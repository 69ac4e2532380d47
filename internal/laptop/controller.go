package laptop

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/loopback"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// running is the controller that runs, and what each controller is connected to.
type running struct {
	wiring     Wiring
	background context.Context //nolint:containedctx // controllers end with the laptop, whoever starts them
	// stop is nil while no controller runs; ended is closed when it is gone.
	stop  context.CancelFunc
	ended chan struct{}
}

// startProxy starts the proxy of class nginx and decides what controllers are connected to.
func (l *Laptop) startProxy(background context.Context) error {
	o := &l.options
	fallback, err := local.PodTLS()
	if err != nil {
		return err
	}
	keys := &keyring.Keeper{}
	file, err := keyring.OpenFile(filepath.Join(o.StateDir, "keys"), keys, nil)
	if err != nil {
		return err
	}
	l.work.Go(func() {
		file.Run(background, func(err error) { o.Logger.Error("the keys of cookies and tickets stay as they are", "error", err) })
	})
	l.proxy, err = proxy.New(proxy.Options{
		Logger: o.Logger, AccessLog: o.AccessLog, Dial: loopback.Dial, DefaultCertificate: &fallback.Certificates[0],
		Keys: keys, Driver: o.Driver,
	})
	if err != nil {
		return err
	}
	w := Wiring{
		Kubeconfig: l.fixed.Kubernetes.Kubeconfig, Endpoint: l.aws.URL(), Region: l.aws.Identity().Region, VPC: l.fixed.vpc,
		ClusterName: o.ClusterName, Proxy: l.proxy, Logger: o.Logger,
	}
	if w.HTTP, err = choose(o.Address, o.HTTPPort, 80, "--http-port"); err != nil {
		return err
	}
	if w.HTTPS, err = choose(o.Address, o.HTTPSPort, 443, "--https-port"); err != nil {
		return err
	}
	l.controller = running{wiring: w, background: background}
	return nil
}

// StartController starts a controller of all classes where none runs, and waits until it has seen everything or ctx ends.
// change, which may be nil, changes what it is connected to.
func (l *Laptop) StartController(ctx context.Context, change func(*Wiring)) error {
	w := l.controller.wiring
	if change != nil {
		change(&w)
	}
	options, err := l.options.NewController(ctx, w)
	if err != nil {
		return err
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	options.Ready = func() { close(ready) }
	while, stop := context.WithCancel(l.controller.background)
	l.controller.stop, l.controller.ended = stop, ended
	l.run(while, "the controller", func(ctx context.Context) error {
		defer close(ended)
		return controller.Run(ctx, options)
	})
	select {
	case <-ready:
		return nil
	case err := <-l.failed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the controller was not ready in time: %w", ctx.Err())
	}
}

// StopController stops the controller, if one runs, and waits until it is gone. Everything else goes on.
func (l *Laptop) StopController() {
	if l.controller.stop == nil {
		return
	}
	l.controller.stop()
	<-l.controller.ended
	l.controller.stop = nil
}
