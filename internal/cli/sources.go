package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// sourceFlags are the flags of all commands that read manifests.
type sourceFlags struct {
	files     []string
	classes   local.Classes
	configMap string
}

func (f *sourceFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVarP(&f.files, "filename", "f", nil, `file or directory of manifests, or "-" for standard input; may be given several times`)
	flags.StringVar(&f.classes.IngressClass, "ingress-class", "nginx", "class annotation and class name that class nginx answers to")
	flags.BoolVar(&f.classes.WatchWithoutClass, "watch-ingress-without-class", true, "class nginx serves Ingresses that name no class")
	flags.StringVar(&f.configMap, "configmap", "", "ConfigMap with settings of class nginx, as namespace/name; the one called ingress-nginx-controller when empty")
	flags.StringVar(&f.classes.ClusterName, "cluster-name", "local", "cluster name in the names of load balancers of class alb")
}

// check says whether the flags make sense together.
func (f *sourceFlags) check() error {
	if len(f.files) == 0 {
		return usageError{errors.New("give the manifests: -f FILE, -f DIRECTORY or -f -")}
	}
	if f.classes.IngressClass == "" {
		return usageError{errors.New("--ingress-class needs a name")}
	}
	var err error
	if f.classes.ConfigMap, err = nameOf("--configmap", f.configMap); err != nil {
		return usageError{err}
	}
	return nil
}

// nameOf reads the value of a flag that names an object as namespace/name; nothing when it is empty.
func nameOf(flag, value string) (objects.Name, error) {
	if value == "" {
		return objects.Name{}, nil
	}
	namespace, name, ok := strings.Cut(value, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return objects.Name{}, fmt.Errorf("%s %q is not of the form namespace/name", flag, value)
	}
	return objects.Name{Namespace: namespace, Name: name}, nil
}
