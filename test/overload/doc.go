// Package main overloads a proxy in a process of its own: ten times as many connections as it takes, heads and bodies that
// drip, readers that do not read, and HTTP/2 floods, all at once, while well-behaved clients go on asking. It prints what that
// cost: memory of the process, latency and failures of the well-behaved, and how the attackers fared.
//
// In: how long; the binary itself, which is also the proxy ("overload proxy").
// Out: figures, and an error when memory went over its bound or well-behaved clients were not served.
// Never imports: nothing is forbidden.
// Start reading at: overload.go, then attack.go.
package main
