package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// peer is a proxy that takes part.
type peer struct {
	name, version string
	http, https   string
	process       *process
	// missing says why it does not take part.
	missing string
	// ready is false when a case cannot be measured with it, by case name.
	broken map[string]string
}

// startPeers starts everybody who is installed.
func (b *bench) startPeers() error {
	for _, name := range strings.Split(b.options.peers, ",") {
		p := &peer{name: name, broken: map[string]string{}}
		b.peers = append(b.peers, p)
		ports, err := freePorts(3)
		if err != nil {
			return err
		}
		p.http, p.https = ports[0], ports[1]
		switch name {
		case "nginx":
			err = b.startNginx(p)
		case "haproxy":
			err = b.startHAProxy(p)
		case "gwanmun":
			err = b.startOurs(p, ports[2])
		default:
			err = fmt.Errorf("unknown peer %q", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// freePorts are loopback addresses that nobody listens on now.
func freePorts(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// find looks for a programme in PATH and where distributions put servers.
func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode()&0o111 != 0 {
			return filepath.Join(dir, name)
		}
	}
	return ""
}

func versionOf(path string, args ...string) string {
	out, _ := exec.Command(path, args...).CombinedOutput()
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

// nginxConf does the same header work as our listeners of class nginx, with the same limits on requests per connection,
// which are ingress-nginx's. Buffers are generous, so that nothing spills to
// disk: the directives are the ones that make nginx fastest here, not ingress-nginx's.
const nginxConf = `
worker_processes 1;
daemon off;
pid %[1]s/nginx.pid;
error_log %[1]s/nginx-error.log crit;
events { worker_connections 4096; }
http {
  access_log off;
  server_tokens off;
  client_body_temp_path %[1]s/nginx-body; proxy_temp_path %[1]s/nginx-proxy; fastcgi_temp_path %[1]s/nginx-fcgi;
  uwsgi_temp_path %[1]s/nginx-uwsgi; scgi_temp_path %[1]s/nginx-scgi;
  keepalive_requests 1000;
  tcp_nodelay on;
  upstream origin { server %[2]s; keepalive 320; keepalive_requests 10000; }
  server {
    listen %[3]s;
    listen %[4]s ssl http2;
    server_name %[5]s;
    ssl_certificate %[1]s/cert.pem; ssl_certificate_key %[1]s/key.pem;
    ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Request-ID $request_id;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Scheme $scheme;
      proxy_set_header X-Scheme $scheme;
      proxy_buffer_size 16k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k; proxy_max_temp_file_size 0;
    }
  }
}
`

func (b *bench) startNginx(p *peer) error {
	path := find("nginx")
	if path == "" {
		p.missing = "not installed"
		return nil
	}
	p.version = versionOf(path, "-v")
	conf := filepath.Join(b.dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, b.dir, b.origin, p.http, p.https, host), 0o600); err != nil {
		return err
	}
	var err error
	p.process, err = b.start("nginx", b.pinned(0, path, "-p", b.dir, "-c", conf), false)
	return err
}

// haproxyConf does the same header work. It knows no limit on requests per connection, which is to its advantage. X-Request-ID is haproxy's unique-id: 32 hexadecimal digits.
const haproxyConf = `
global
  nbthread 1
  maxconn 4096
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend front
  bind %[3]s
  bind %[4]s ssl crt %[1]s/both.pem alpn h2,http/1.1 ssl-min-ver TLSv1.3 curves X25519
  http-request set-header X-Request-ID %%[rand,hex]%%[rand,hex]%%[rand,hex]%%[rand,hex]
  http-request set-header X-Real-IP %%[src]
  http-request set-header X-Forwarded-For %%[src]
  http-request set-header X-Forwarded-Host %%[req.hdr(host)]
  http-request set-header X-Forwarded-Port %%[dst_port]
  http-request set-header X-Forwarded-Proto %%[ssl_fc,iif(https,http)]
  http-request set-header X-Forwarded-Scheme %%[ssl_fc,iif(https,http)]
  http-request set-header X-Scheme %%[ssl_fc,iif(https,http)]
  default_backend back
backend back
  server origin %[2]s
`

func (b *bench) startHAProxy(p *peer) error {
	path := find("haproxy")
	if path == "" {
		p.missing = "not installed"
		return nil
	}
	p.version = versionOf(path, "-v")
	conf := filepath.Join(b.dir, "haproxy.cfg")
	if err := os.WriteFile(conf, fmt.Appendf(nil, haproxyConf, b.dir, b.origin, p.http, p.https), 0o600); err != nil {
		return err
	}
	var err error
	p.process, err = b.start("haproxy", b.pinned(0, path, "-db", "-f", conf), false)
	return err
}
