package box

import (
	"fmt"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/gwanmun/gwanmun/kubebox/internal/pki"
	"github.com/gwanmun/gwanmun/kubebox/internal/state"
)

// access is how the API server is reached: its address, and the paths of kubeconfig files.
type access struct {
	server                        string
	admin, controllers, scheduler string
}

// writeAccess writes a kubeconfig for the user, who may do everything, and one for each component, which may do what the
// standard roles give it.
func writeAccess(dir *state.Dir, server string, authority *pki.Authority, now time.Time) (access, error) {
	a := access{
		server:      server,
		admin:       dir.Kubeconfig(),
		controllers: filepath.Join(dir.PKI(), "controller-manager.kubeconfig"),
		scheduler:   filepath.Join(dir.PKI(), "scheduler.kubeconfig"),
	}
	for _, who := range []struct{ path, user, group string }{
		{a.admin, "kubebox-admin", "system:masters"},
		{a.controllers, "system:kube-controller-manager", ""},
		{a.scheduler, "system:kube-scheduler", ""},
	} {
		pair, err := authority.Client(who.user, who.group, now)
		if err != nil {
			return access{}, err
		}
		text, err := clientcmd.Write(*kubeconfig(server, authority.Cert, who.user, pair))
		if err != nil {
			return access{}, fmt.Errorf("encode the kubeconfig of %s: %w", who.user, err)
		}
		if err := state.WriteFile(who.path, text); err != nil {
			return access{}, fmt.Errorf("write the kubeconfig of %s: %w", who.user, err)
		}
	}
	return a, nil
}

func kubeconfig(server string, authority []byte, user string, pair pki.Pair) *api.Config {
	c := api.NewConfig()
	c.Clusters["kubebox"] = &api.Cluster{Server: server, CertificateAuthorityData: authority}
	c.AuthInfos[user] = &api.AuthInfo{ClientCertificateData: pair.Cert, ClientKeyData: pair.Key}
	c.Contexts["kubebox"] = &api.Context{Cluster: "kubebox", AuthInfo: user}
	c.CurrentContext = "kubebox"
	return c
}
