package laptop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gwanmun/gwanmun/internal/local"
)

// StateFileName is the file in the state folder that always says where everything is.
const StateFileName = "local.json"

// State is what runs at one moment, as local.json holds it. Load balancers and Ingresses have the form that file mode gives
// them.
type State struct {
	Version    string          `json:"version"`
	PID        int             `json:"pid"`
	StateDir   string          `json:"stateDir"`
	Kubernetes KubernetesState `json:"kubernetes"`
	AWS        AWSState        `json:"aws"`
	// DNS is the name server for names of load balancers; empty when there is none.
	DNS           string                    `json:"dns,omitempty"`
	LoadBalancers []local.LoadBalancerState `json:"loadBalancers"`
	Ingresses     []local.IngressState      `json:"ingresses"`
	Services      []ServiceState            `json:"services"`
	// Problems are manifests that could not be applied.
	Problems []string `json:"problems,omitempty"`

	vpc string
}

// KubernetesState says how to reach the API server.
type KubernetesState struct {
	Kubeconfig string `json:"kubeconfig"`
	Server     string `json:"server"`
	Version    string `json:"version"`
	// Kubectl is a command that is kubectl for this cluster.
	Kubectl string `json:"kubectl"`
}

// AWSState says how to reach the AWS-compatible API.
type AWSState struct {
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	// Environment are the variables that make AWS clients use it, "NAME=value".
	Environment []string `json:"environment"`
}

// ServiceState is a Service of type LoadBalancer with its address.
type ServiceState struct {
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Hostname  string   `json:"hostname"`
	Address   string   `json:"address"`
	Curl      []string `json:"curl"`
}

// write replaces local.json in one step.
func (s *State) write(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the state: %w", err)
	}
	path := filepath.Join(dir, StateFileName)
	tmp := path + ".new"
	// It names files and addresses and holds no secret, but nobody else has use for it.
	if err := os.WriteFile(tmp, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
