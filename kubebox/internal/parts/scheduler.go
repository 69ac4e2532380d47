package parts

import (
	"context"
	"fmt"

	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

// RunScheduler places pods on nodes until the context ends. It opens no port and elects no leader.
func RunScheduler(ctx context.Context, kubeconfig string) error {
	o := options.NewOptions()
	args := []string{
		"--kubeconfig=" + kubeconfig,
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--leader-elect=false",
		"--secure-port=0",
		"--profiling=false",
	}
	if err := parse("kube-scheduler", *o.Flags, args); err != nil {
		return err
	}
	config, scheduler, err := app.Setup(ctx, o)
	if err != nil {
		return fmt.Errorf("prepare the scheduler: %w", err)
	}
	err = app.Run(ctx, config, scheduler)
	if ctx.Err() != nil {
		return nil // its Run calls every end an error
	}
	return err
}
