package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a running proxy or origin.
type process struct {
	cmd *exec.Cmd
	log *os.File
	out *bufio.Reader
	// over is closed when the process has ended.
	over chan struct{}
}

// pinned puts taskset before a command, when there is one and more than one core.
func (b *bench) pinned(cores, name string, args ...string) *exec.Cmd {
	if b.taskset == "" {
		return exec.Command(name, args...)
	}
	return exec.Command(b.taskset, append([]string{"-c", cores, name}, args...)...)
}

// start runs cmd with its standard error in a log file of the bench's directory.
func (b *bench) start(name string, cmd *exec.Cmd, readOut bool) (*process, error) {
	log, err := os.Create(filepath.Join(b.dir, name+".log"))
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, over: make(chan struct{})}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if readOut {
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		p.out = bufio.NewReader(out)
	} else {
		cmd.Stdout = log
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { _ = cmd.Wait(); close(p.over) }() // how it ended is in its log
	b.running = append(b.running, p)
	return p, nil
}

// stop ends everything that was started.
func (b *bench) stop() {
	for len(b.running) > 0 {
		b.end(b.running[len(b.running)-1])
	}
}

// end ends a process and all that come from it.
func (b *bench) end(p *process) {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.over:
	case <-time.After(3 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.over
	}
	p.log.Close()
	b.running = slices.DeleteFunc(b.running, func(r *process) bool { return r == p })
}

// family is the process and all that come from it.
func family(pid int) []int {
	all := []int{pid}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	parents := map[int]int{}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// The name in parentheses may hold blanks.
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || len(fields) < 2 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		parents[child] = parent
	}
	for i := 0; i < len(all); i++ {
		for child, parent := range parents {
			if parent == all[i] {
				all = append(all, child)
			}
		}
	}
	return all
}

// cpu is the time that all threads of the process and its children have run, from the scheduler's own count, and that of
// children that have ended, which the kernel tells to a hundredth of a second.
func (p *process) cpu() (time.Duration, error) {
	total := int64(0)
	for _, pid := range family(p.cmd.Process.Pid) {
		total += int64(ended(pid))
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, file := range tasks {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // a thread that has ended
			}
			first, _, _ := strings.Cut(string(text), " ")
			ran, err := strconv.ParseInt(first, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", file, err)
			}
			total += ran
		}
	}
	if total == 0 {
		return 0, fmt.Errorf("the kernel tells no run time in /proc/PID/task/*/schedstat")
	}
	return time.Duration(total), nil
}

// ended is the processor time of a process's children that have ended and been waited for.
func ended(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // it has ended itself
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[13], 10, 64)
	system, _ := strconv.ParseInt(fields[14], 10, 64)
	return time.Duration(user+system) * (time.Second / 100)
}

// memory is the proportional set size of the process and its children, in bytes.
func (p *process) memory() (int64, error) {
	total := int64(0)
	for i, pid := range family(p.cmd.Process.Pid) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil && i > 0 {
			continue // a child that has ended
		}
		if err != nil {
			return 0, err
		}
		for _, line := range strings.Split(string(text), "\n") {
			if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
				kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
				if err != nil {
					return 0, err
				}
				total += kb << 10
			}
		}
	}
	return total, nil
}
