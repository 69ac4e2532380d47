package parts

import (
	"context"
	"fmt"
	"net"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"

	"github.com/gwanmun/gwanmun/kubebox/internal/pki"
)

// APIServer says what the API server works with.
type APIServer struct {
	// Listener is a TCP listener on a loopback address; the API server closes it.
	Listener net.Listener
	// EtcdSocket is the path of etcd's unix socket.
	EtcdSocket string
	// ServiceCIDR is where cluster IPs come from, such as 10.96.0.0/16.
	ServiceCIDR string
	Files       pki.Files
}

// RunAPIServer serves until the context ends. All admission plugins that are on by default stay on: none of them needs a
// network, webhooks aside.
func RunAPIServer(ctx context.Context, o APIServer) error {
	s := options.NewServerRunOptions()
	if err := parse("kube-apiserver", s.Flags(), o.args()); err != nil {
		return err
	}
	s.SecureServing.Listener = o.Listener
	if err := s.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return fmt.Errorf("set feature gates: %w", err)
	}
	completed, err := s.Complete(ctx)
	if err != nil {
		return fmt.Errorf("complete the options: %w", err)
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return fmt.Errorf("check the options: %w", utilerrors.NewAggregate(errs))
	}
	return app.Run(ctx, completed)
}

func (o APIServer) args() []string {
	address := o.Listener.Addr().(*net.TCPAddr)
	return []string{
		"--bind-address=" + address.IP.String(),
		fmt.Sprintf("--secure-port=%d", address.Port),
		"--advertise-address=" + address.IP.String(),
		"--etcd-servers=unix://" + o.EtcdSocket,
		"--tls-cert-file=" + o.Files.Server,
		"--tls-private-key-file=" + o.Files.ServerKey,
		"--client-ca-file=" + o.Files.Authority,
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + o.Files.ServiceAccountKey,
		"--service-account-signing-key-file=" + o.Files.ServiceAccountKey,
		"--service-cluster-ip-range=" + o.ServiceCIDR,
		"--allow-privileged=true",
		"--profiling=false",
		// An endpoint of the Service "kubernetes" must not be a loopback address, and there is no other.
		"--endpoint-reconciler-type=none",
		// At the end, watches are closed at once instead of when their clients think of it.
		"--shutdown-send-retry-after=true",
		"--shutdown-watch-termination-grace-period=1s",
	}
}
