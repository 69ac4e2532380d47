package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	if len(os.Args) > 2 && (os.Args[1] == "proxy" || os.Args[1] == "storm") {
		exit(play(os.Args[1:]))
	}
	d := flag.Duration("time", time.Minute, "how long the attack lasts")
	flag.Parse()
	self, err := os.Executable()
	if err != nil {
		exit(err)
	}
	r, err := overload(*d, self)
	fmt.Print(r)
	exit(err)
}

// play is what a process of ours does that plays a part: "proxy TARGET" or "storm PLAIN SECURE TIME".
func play(arguments []string) error {
	switch {
	case arguments[0] == "proxy" && len(arguments) == 2:
		return serveProxy(arguments[1])
	case arguments[0] == "storm" && len(arguments) == 4:
		d, err := time.ParseDuration(arguments[3])
		if err != nil {
			return err
		}
		return storm(arguments[1], arguments[2], d)
	}
	return fmt.Errorf("unknown part %q", arguments)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "overload:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
