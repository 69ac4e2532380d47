package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// haproxyConf does the same header work. It knows no limit on requests per connection, which is to its advantage.
// X-Request-ID is haproxy's unique-id: 32 hexadecimal digits. Hosts are looked up in a map, as its own ingress controllers do.
const haproxyConf = `
global
  nbthread {threads}
  maxconn 4096
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  {log}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  option http-keep-alive
  option splice-auto
  http-reuse always
frontend front
  {logs}
  bind {http} backlog 4096
  bind {https} ssl crt {dir}/both.pem alpn h2,http/1.1 ssl-min-ver TLSv1.3 curves X25519 backlog 4096
  http-request set-header X-Request-ID %[rand,hex]%[rand,hex]%[rand,hex]%[rand,hex]
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  http-request set-header X-Forwarded-Scheme %[ssl_fc,iif(https,http)]
  http-request set-header X-Scheme %[ssl_fc,iif(https,http)]
  use_backend calls if { path_beg /bench.Echo/ }
  use_backend shop if { path_beg /shop/ }
  use_backend %[req.hdr(host),lower,map({dir}/hosts.map)]
backend back
  server origin {http-origin}
backend shop
  http-request replace-path /shop/(.*) /\1
  server origin {http-origin}
backend calls
  server origin {grpc-origin} proto h2
listen bytes
  mode tcp
  bind {bytes} backlog 4096
  server origin {bytes-origin}
`

func (b *bench) startHAProxy(p *peer, s setting) error {
	path := find("haproxy")
	if path == "" {
		p.missing = "not installed"
		return nil
	}
	p.version = versionOf(path, "-v")
	var hosts strings.Builder
	for _, name := range append(s.names(), host) {
		fmt.Fprintf(&hosts, "%s back\n", name)
	}
	log, logs := "", ""
	if s.log {
		log, logs = "log stdout format raw local0", "log global\n  option httplog"
	}
	conf := filepath.Join(b.dir, "haproxy.cfg")
	text := fill(haproxyConf, "{threads}", fmt.Sprint(s.cores), "{log}", log, "{logs}", logs, "{dir}", b.dir, "{http}", p.http, "{https}", p.https,
		"{bytes}", p.bytes, "{http-origin}", b.origin.http, "{grpc-origin}", b.origin.grpc, "{bytes-origin}", b.origin.bytes)
	for name, content := range map[string][]byte{conf: text, filepath.Join(b.dir, "hosts.map"): []byte(hosts.String())} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return err
		}
	}
	for _, c := range cases {
		if c.kind == datagrams {
			p.broken[c.name] = "it proxies no UDP"
		}
	}
	var err error
	if p.process, err = b.start("haproxy", b.pinned(s.place(), path, "-db", "-f", conf), false); err != nil {
		return err
	}
	return p.process.listens(p.http)
}
