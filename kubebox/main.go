package main

import (
	"os"

	"github.com/gwanmun/gwanmun/kubebox/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args))
}
