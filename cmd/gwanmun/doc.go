// Command gwanmun serves, checks and explains Ingresses of class nginx and class alb from manifests.
//
// In: arguments.
// Out: an exit status.
// Never imports: anything but internal/cli.
// Start reading at: main.go.
package main
