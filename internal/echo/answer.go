package echo

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Request fields that steer the answer.
const (
	// HeaderStatus is the status of the answer, 200 to 599.
	HeaderStatus = "X-Echo-Status"
	// HeaderDelay is how long the answer takes, at most a minute: "200ms".
	HeaderDelay = "X-Echo-Delay"
	// HeaderSize asks for a body of so many bytes, at most 1 GiB, in place of the JSON.
	HeaderSize = "X-Echo-Size"
	// HeaderSet adds a field to the answer: "Set-Cookie: a=b". It may be repeated.
	HeaderSet = "X-Echo-Set"
)

const (
	maxDelay = time.Minute
	maxSize  = 1 << 30
)

// Answer is the JSON that a request is answered with.
type Answer struct {
	Service   string `json:"service"`
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
	Node      string `json:"node"`
	Method    string `json:"method"`
	// Path is the path with the query, as received.
	Path  string `json:"path"`
	Host  string `json:"host"`
	Proto string `json:"proto"`
	// Headers are the fields as the standard library spells them, without Host.
	Headers map[string][]string `json:"headers"`
	// Trailers are the fields that came behind the body.
	Trailers   map[string][]string `json:"trailers,omitempty"`
	RemoteAddr string              `json:"remoteAddr"`
	TLS        bool                `json:"tls"`
	// TLSVersion is the version of TLS, as "TLS 1.3"; empty without TLS.
	TLSVersion string `json:"tlsVersion,omitempty"`
	BodySize   int64  `json:"bodySize"`
	// StandIn is always true: no real pod gave this answer.
	StandIn bool `json:"standIn"`
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	status, delay, size, err := steering(r.Header)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if always := s.status.Load(); always != 0 {
		status = int(always)
	}
	for _, field := range r.Header.Values(HeaderSet) {
		name, value, _ := strings.Cut(field, ":")
		w.Header().Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && status == http.StatusOK {
		s.webSocket(w, r)
		return
	}
	bodySize, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("X-Echo-Service", s.identity.Service)
	w.Header().Set("X-Echo-Pod", s.identity.Pod)
	if size >= 0 {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		w.WriteHeader(status)
		if bodyAllowed(status) && r.Method != http.MethodHead {
			_, _ = io.Copy(w, io.LimitReader(pattern{}, size)) // the client may leave at any time
		}
		return
	}
	s.answer(w, r, status, bodySize)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, status int, bodySize int64) {
	version := ""
	if r.TLS != nil {
		version = tls.VersionName(r.TLS.Version)
	}
	body, err := json.MarshalIndent(Answer{
		Service: s.identity.Service, Namespace: s.identity.Namespace, Pod: s.identity.Pod, Node: s.identity.Node,
		Method: r.Method, Path: r.RequestURI, Host: r.Host, Proto: r.Proto, Headers: r.Header, Trailers: r.Trailer,
		RemoteAddr: r.RemoteAddr, TLS: r.TLS != nil, TLSVersion: version, BodySize: bodySize, StandIn: true,
	}, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body = append(body, '\n')
	if !bodyAllowed(status) {
		w.WriteHeader(status)
		return
	}
	if isGRPC(r) && status == http.StatusOK {
		answerGRPC(w, r, body)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if !trailer(w, r) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may leave at any time
}

// steering reads the fields that steer the answer; size is -1 when the JSON is wanted.
func steering(h http.Header) (status int, delay time.Duration, size int64, err error) {
	status, size = http.StatusOK, -1
	if v := h.Get(HeaderStatus); v != "" {
		if status, err = strconv.Atoi(v); err != nil || status < 200 || status > 599 {
			return 0, 0, 0, fmt.Errorf("%s is not a status from 200 to 599", HeaderStatus)
		}
	}
	if v := h.Get(HeaderDelay); v != "" {
		if delay, err = time.ParseDuration(v); err != nil || delay < 0 || delay > maxDelay {
			return 0, 0, 0, fmt.Errorf("%s is not a duration up to %v", HeaderDelay, maxDelay)
		}
	}
	if v := h.Get(HeaderSize); v != "" {
		if size, err = strconv.ParseInt(v, 10, 64); err != nil || size < 0 || size > maxSize {
			return 0, 0, 0, fmt.Errorf("%s is not a number of bytes up to %d", HeaderSize, maxSize)
		}
	}
	return status, delay, size, nil
}

func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// pattern reads as the alphabet over and over.
type pattern struct{}

func (pattern) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a' + byte(i%26)
	}
	return len(p), nil
}

// quiet keeps the standard library from logging broken connections of clients: they are daily bread here.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
