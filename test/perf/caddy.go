package main

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/testkit/ports"
)

// startCaddy runs Caddy with the same header fields. It gets no part in settings that it would need other means for.
func (b *bench) startCaddy(p *peer, s setting) error {
	path := find("caddy")
	switch {
	case path == "":
		p.missing = notInstalled
		return nil
	case s.name != plain.name && s.name != twoCores.name:
		p.missing = plainOnly
		return nil
	}
	p.version = versionOf(path, "version")
	p.onlyHTTP()
	conf := filepath.Join(b.dir, "Caddyfile")
	text := fill(caddyConf, "{http-port}", ports.Of(p.http), "{https-port}", ports.Of(p.https), "{dir}", b.dir, "{host}", host, "{http-origin}", b.origin.http)
	if err := os.WriteFile(conf, text, 0o600); err != nil {
		return err
	}
	cmd := b.pinned(s.place(), path, "run", "--config", conf, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(s.cores), "HOME="+b.dir)
	var err error
	if p.process, err = b.start("caddy", cmd, false); err != nil {
		return err
	}
	return p.process.listens(p.http)
}

const caddyConf = `
{
	admin off
	auto_https off
	default_sni {host}
	http_port {http-port}
	https_port {https-port}
}
(proxy) {
	reverse_proxy {http-origin} {
		header_up X-Request-ID {http.request.uuid}
		header_up X-Real-IP {remote_host}
		header_up X-Forwarded-For {remote_host}
		header_up X-Forwarded-Host {host}
		header_up X-Forwarded-Port {http.request.port}
		header_up X-Forwarded-Proto {scheme}
		header_up X-Forwarded-Scheme {scheme}
		header_up X-Scheme {scheme}
	}
}
http://{host}:{http-port} {
	bind 127.0.0.1
	import proxy
}
https://{host}:{https-port} {
	bind 127.0.0.1
	tls {dir}/cert.pem {dir}/key.pem {
		protocols tls1.3
		curves x25519
	}
	import proxy
}
`

// onlyHTTP leaves out what a peer is not configured for here.
func (p *peer) onlyHTTP() {
	for _, c := range cases {
		if c.below() || c.grpc {
			p.broken[c.name] = "not configured for it here"
		}
	}
}
