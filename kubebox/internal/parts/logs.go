package parts

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// LogTo sends what the components and the standard log package write to a file. It holds for the whole process and redirects
// its standard error too, because some loggers have opened that before main begins: keep a duplicate for the terminal. When a
// component wants to end the process, fatal is called and only the component's goroutine ends, so that the process can stop in
// order.
func LogTo(file *os.File, fatal func()) error {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for _, f := range []struct{ name, value string }{
		{"logtostderr", "false"}, {"stderrthreshold", "FATAL"}, {"one_output", "true"},
	} {
		if err := flags.Set(f.name, f.value); err != nil {
			return fmt.Errorf("direct the logs: %w", err)
		}
	}
	klog.SetOutput(file)
	log.SetOutput(file)
	if err := unix.Dup2(int(file.Fd()), int(os.Stderr.Fd())); err != nil {
		return fmt.Errorf("direct standard error to the log: %w", err)
	}
	klog.OsExit = func(int) {
		fatal()
		runtime.Goexit()
	}
	// The components know that they use old API versions; users need not read about it.
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	return nil
}
