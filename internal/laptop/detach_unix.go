//go:build unix

package laptop

import (
	"os/exec"
	"syscall"
)

// detach puts a process into a group of its own: Ctrl-C on the terminal is for us alone, who stop the parts in order.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
