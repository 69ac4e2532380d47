// Package echo is the stand-in pod: a small server that answers each request with what it received and who it is.
//
// In: a listener and the names of the pod it stands for; requests.
// Out: JSON about each request; WebSocket messages sent back.
// Never imports: anything of ours. It is a stand-in for other people's programs, so it speaks HTTP by the standard library.
// Start reading at: server.go.
package echo
