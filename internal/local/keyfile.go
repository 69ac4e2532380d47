package local

import (
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// keys are for cookies, sessions and TLS tickets. They outlive the process where there is a state file to keep them beside;
// otherwise both members are nil, and the proxy makes its own.
type keys struct {
	keeper *keyring.Keeper
	file   *keyring.File
}

// openKeys opens the keys beside a state file.
func openKeys(stateFile string) (keys, error) {
	if stateFile == "" {
		return keys{}, nil
	}
	k := keys{keeper: &keyring.Keeper{}}
	var err error
	k.file, err = keyring.OpenFile(stateFile+".keys", k.keeper, nil)
	return k, err
}
