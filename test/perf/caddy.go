package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// startCaddy runs Caddy with the same header fields. It gets no part in settings that it would need other means for.
func (b *bench) startCaddy(p *peer, s setting) error {
	path := find("caddy")
	switch {
	case path == "":
		p.missing = "not installed"
		return nil
	case s.name != plain.name && s.name != twoCores.name:
		p.missing = "takes part in the plain settings only"
		return nil
	}
	p.version = versionOf(path, "version")
	p.onlyHTTP()
	conf := filepath.Join(b.dir, "Caddyfile")
	_, httpPort, _ := net.SplitHostPort(p.http)
	_, httpsPort, _ := net.SplitHostPort(p.https)
	text := fill(caddyConf, "{http-port}", httpPort, "{https-port}", httpsPort, "{dir}", b.dir, "{host}", host, "{http-origin}", b.origin.http)
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
		if c.kind == upload || c.kind == download || c.kind == datagrams || c.grpc {
			p.broken[c.name] = "not configured for it here"
		}
	}
}

// startTraefik runs Traefik, which makes its forwarding fields itself: it gets those that it does not know as fixed ones.
func (b *bench) startTraefik(p *peer, s setting) error {
	path := find("traefik")
	switch {
	case path == "":
		p.missing = "not installed"
		return nil
	case s.name != plain.name && s.name != twoCores.name:
		p.missing = "takes part in the plain settings only"
		return nil
	}
	p.version = versionOf(path, "version")
	p.onlyHTTP()
	type object = map[string]any
	_, httpPort, _ := net.SplitHostPort(p.http)
	router := func(tls any) object {
		o := object{"rule": "Host(`" + host + "`)", "service": "origin", "middlewares": []string{"fields"}, "entryPoints": []string{"http"}}
		if tls != nil {
			o["tls"], o["entryPoints"] = tls, []string{"https"}
		}
		return o
	}
	dynamic := object{
		"http": object{
			"routers":  object{"plain": router(nil), "secure": router(object{})},
			"services": object{"origin": object{"loadBalancer": object{"servers": []object{{"url": "http://" + b.origin.http}}}}},
			"middlewares": object{"fields": object{"headers": object{"customRequestHeaders": object{
				"X-Request-ID": "00000000000000000000000000000000", "X-Forwarded-Scheme": "http", "X-Scheme": "http", "X-Forwarded-Port": httpPort,
			}}}},
		},
		"tls": object{
			"certificates": []object{{"certFile": b.dir + "/cert.pem", "keyFile": b.dir + "/key.pem"}},
			"options":      object{"default": object{"minVersion": "VersionTLS13", "curvePreferences": []string{"X25519"}}},
		},
	}
	static := object{
		"entryPoints": object{"http": object{"address": p.http}, "https": object{"address": p.https}},
		"providers":   object{"file": object{"filename": b.dir + "/traefik-dynamic.yaml"}},
	}
	for name, o := range map[string]object{"traefik.yaml": static, "traefik-dynamic.yaml": dynamic} {
		text, err := json.Marshal(o) // which is YAML too
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(b.dir, name), text, 0o600); err != nil {
			return err
		}
	}
	cmd := b.pinned(s.place(), path, "--configFile="+b.dir+"/traefik.yaml")
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(s.cores))
	var err error
	if p.process, err = b.start("traefik", cmd, false); err != nil {
		return err
	}
	return p.process.listens(p.http)
}
