// Package loop is the event loop under the HTTP/1.1 driver on Linux: an epoll set of its own per loop, on which sockets of
// clients and of targets stand side by side, registered once and edge-triggered, and tasks that give the loop back where
// they would wait. A task is a coroutine: it runs the same code as a goroutine of the portable driver would, so that both
// drivers answer the same. An idle connection holds a socket and a place in the timer wheel, and no task.
//
// Other platforms do not have it: there the package is empty.
//
// In: sockets with their owners, connections to make, deadlines.
// Out: turns of owners when something arrives or time is up; wire.Port for what they read and write.
// Never imports: Kubernetes, AWS, listen, forward.
// Start reading at: loop_linux.go, then task_linux.go and socket_linux.go; system_linux.go is the seam to the kernel.
package loop
