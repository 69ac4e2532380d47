package box

import (
	"fmt"
	"os"
	"path/filepath"
)

// keptLog is the size from which an old log is set aside at a start.
const keptLog = 8 << 20

// openLog appends to the log of the components, or starts a new one and keeps the old one beside it when that has grown. The
// name of the file that comes back is absolute.
func openLog(path string) (*os.File, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the log file: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > keptLog {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("set the old log aside: %w", err)
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log file: %w; choose another one with --log-file", err)
	}
	return file, nil
}
