package box

import (
	"runtime/debug"
	"strings"

	"k8s.io/component-base/version"
)

// Version is the Kubernetes version. The build writes it into the binary (see the README); a plain `go build` does not, and then
// the version of the module stands in.
func Version() string {
	if v := version.Get().GitVersion; !strings.HasPrefix(v, "v0.0.0") {
		return v
	}
	return Module("k8s.io/kubernetes")
}

// Module is the version of a module that this binary was built from.
func Module(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "unknown"
}
