package state

import (
	"fmt"
	"os"
	"path/filepath"
)

// longestSocket is the longest path of a unix socket that all systems take (macOS: 104 bytes with the closing zero).
const longestSocket = 103

// socketFolder makes the folder for etcd's sockets: inside the state folder if the path is short enough, otherwise a fresh one
// among the temporary files. What a killed kubebox left there is removed.
func socketFolder(state string) (string, error) {
	folder := filepath.Join(state, "run")
	if err := os.RemoveAll(folder); err != nil {
		return "", fmt.Errorf("remove old sockets: %w", err)
	}
	if len(filepath.Join(folder, "peer.sock")) <= longestSocket {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return "", fmt.Errorf("make a folder for sockets: %w", err)
		}
		return folder, nil
	}
	folder, err := os.MkdirTemp("", "kubebox-")
	if err != nil {
		return "", fmt.Errorf("make a folder for sockets: %w", err)
	}
	if path := filepath.Join(folder, "peer.sock"); len(path) > longestSocket {
		return "", fmt.Errorf("path %s is too long for a socket: choose a shorter --state-dir, or set TMPDIR to a shorter path", path)
	}
	return folder, nil
}
