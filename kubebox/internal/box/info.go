package box

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/kubebox/internal/state"
)

// Info is what users of a cluster need to know.
type Info struct {
	// Kubeconfig is the path of a file that allows everything.
	Kubeconfig string
	// Server is the URL of the API server.
	Server string
	// Version is what the API server calls itself, such as v1.36.3.
	Version string
}

// String is the line that programs wait for. Values with blanks or quotes in them are quoted as in Go.
func (i Info) String() string {
	return fmt.Sprintf("READY kubeconfig=%s server=%s version=%s", quote(i.Kubeconfig), quote(i.Server), quote(i.Version))
}

func quote(value string) string {
	if strings.ContainsAny(value, " \t\n\"\\") {
		return strconv.Quote(value)
	}
	return value
}

// announce tells the world that the cluster can be used.
func (b *box) announce(info Info) error {
	if b.ReadyFile != "" {
		if err := state.WriteFile(b.ReadyFile, []byte(info.String()+"\n")); err != nil {
			return fmt.Errorf("write the ready file: %w", err)
		}
	}
	return b.Ready(info)
}

// forget removes the ready file: it must not say ready when nobody is.
func (b *box) forget() error {
	if b.ReadyFile == "" {
		return nil
	}
	if err := os.Remove(b.ReadyFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the ready file: %w", err)
	}
	return nil
}
