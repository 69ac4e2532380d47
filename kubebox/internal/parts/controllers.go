package parts

import (
	"context"
	"fmt"

	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"

	"github.com/gwanmun/gwanmun/kubebox/internal/pki"
)

// Controllers says what the controller manager works with.
type Controllers struct {
	Kubeconfig string
	Files      pki.Files
	// PluginDir is where volume plugins are looked for: the controller manager creates it, so it is better not the usual
	// place in /usr.
	PluginDir string
}

// RunControllers runs all controllers until the context ends. It opens no port and elects no leader.
func RunControllers(ctx context.Context, o Controllers) error {
	s, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return fmt.Errorf("prepare the options: %w", err)
	}
	known, disabled, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	if err := parse("kube-controller-manager", s.Flags(known, disabled, aliases), o.args()); err != nil {
		return err
	}
	c, err := s.Config(ctx, known, disabled, aliases)
	if err != nil {
		return fmt.Errorf("complete the options: %w", err)
	}
	return app.Run(ctx, c.Complete())
}

func (o Controllers) args() []string {
	return []string{
		"--kubeconfig=" + o.Kubeconfig,
		"--controllers=*",
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + o.Files.ServiceAccountKey,
		"--root-ca-file=" + o.Files.Authority,
		"--cluster-signing-cert-file=" + o.Files.Authority,
		"--cluster-signing-key-file=" + o.Files.AuthorityKey,
		"--flex-volume-plugin-dir=" + o.PluginDir,
		// Each controller makes its ServiceAccount first: with the usual limits that alone takes five seconds.
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--leader-elect=false",
		"--secure-port=0",
		"--profiling=false",
		"--controller-shutdown-timeout=3s",
	}
}
