package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// haproxyConf does the same header work. It knows no limit on requests per connection, which is to its advantage.
// X-Request-ID is haproxy's unique-id: 32 hexadecimal digits. Hosts are looked up in a map, as its own ingress controllers do.
const haproxyConf = `
global
  nbthread {threads}
  maxconn 12000
  no strict-limits
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
  {shop}
  use_backend %[req.hdr(host),lower,map({dir}/hosts.map)]
backend back
  server origin {http-origin}
{policies}
backend calls
  server origin {grpc-origin} proto h2
listen bytes
  mode tcp
  bind {bytes} backlog 4096
  server origin {bytes-origin}
`

// haproxyPolicies are what its own ingress controllers make of such annotations. It asks nobody else about requests without
// scripts of Lua or an agent.
var haproxyPolicies = map[policy]string{
	rewritten: `  http-request replace-path /shop/(.*) /\1
`,
	sticky: `  cookie bench insert indirect nocache httponly
  server a {http-origin} cookie a
  server b {second-origin} cookie b
`,
	shared: `  http-response set-header Access-Control-Allow-Origin *
  http-response set-header Access-Control-Allow-Credentials true
  http-response set-header Access-Control-Allow-Methods "GET, PUT, POST, DELETE, PATCH, OPTIONS"
  http-response set-header Access-Control-Allow-Headers "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"
  http-response set-header Access-Control-Max-Age 1728000
  http-request return status 204 if METH_OPTIONS
`,
	limited: `  stick-table type ip size 100k expire 10s store http_req_rate(1s)
  http-request track-sc0 src
  http-request deny deny_status 429 if { sc0_http_req_rate gt 1000000 }
`,
}

// haproxyShop is the backend of a setting's policies.
func haproxyShop(s setting) string {
	if s.policy == 0 || s.policy&guarded != 0 {
		return ""
	}
	out := "backend shop\n"
	for _, p := range []policy{limited, rewritten, shared, sticky} {
		if s.policy&p != 0 {
			out += haproxyPolicies[p]
		}
	}
	if s.policy&sticky == 0 {
		out += "  server origin {http-origin}\n"
	}
	return out
}

func (b *bench) startHAProxy(p *peer, s setting) error {
	path := find("haproxy")
	if path == "" {
		p.missing = notInstalled
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
	shop, policies := "", haproxyShop(s)
	if policies != "" {
		shop = "use_backend shop if { path_beg /shop/ }"
	}
	conf := filepath.Join(b.dir, "haproxy.cfg")
	text := fill(strings.NewReplacer("{policies}", policies, "{shop}", shop).Replace(haproxyConf), "{threads}", fmt.Sprint(s.cores), "{log}", log, "{logs}", logs, "{dir}", b.dir, "{http}", p.http, "{https}", p.https,
		"{bytes}", p.bytes, "{http-origin}", b.origin.http, "{second-origin}", b.origin.second, "{grpc-origin}", b.origin.grpc, "{bytes-origin}", b.origin.bytes)
	write := func(turn int) error {
		names := hosts.String() + fmt.Sprintf("turn-%d.example back\n", turn)
		for name, content := range map[string][]byte{conf: text, filepath.Join(b.dir, "hosts.map"): []byte(names)} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(0); err != nil {
		return err
	}
	for _, c := range cases {
		switch {
		case c.kind == datagrams:
			p.broken[c.name] = "it proxies no UDP"
		case c.set.policy&guarded != 0:
			p.broken[c.name] = "it asks nobody else about requests"
		}
	}
	args := []string{"-db", "-f", conf}
	if s.hosts > 0 {
		// A master that starts a new worker when it is told to, and lets the old one end its connections.
		args = append([]string{"-W"}, args...)
		p.swap = func(turn int) error {
			if err := write(turn); err != nil {
				return err
			}
			return p.process.cmd.Process.Signal(syscall.SIGUSR2)
		}
	}
	var err error
	if p.process, err = b.start("haproxy", b.pinned(s.place(), path, args...), false); err != nil {
		return err
	}
	return p.process.listens(p.http)
}
