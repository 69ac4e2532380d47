package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// nginxConf does the same header work as our listeners of class nginx, with the same limits on requests per connection,
// which are ingress-nginx's. Buffers are generous, so that nothing spills to disk: the directives are the ones that make
// nginx fastest here, not ingress-nginx's. The access log has ingress-nginx's format, written in pieces of 64 KB.
const nginxConf = `
{modules}
worker_processes {workers};
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/nginx-error.log crit;
events { worker_connections 8192; }
{stream}
http {
  log_format upstreaminfo '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_host] [] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $request_id';
  access_log {log};
  server_tokens off;
  server_names_hash_max_size 131072; server_names_hash_bucket_size 128;
  client_body_temp_path {dir}/nginx-body; proxy_temp_path {dir}/nginx-proxy; fastcgi_temp_path {dir}/nginx-fcgi;
  uwsgi_temp_path {dir}/nginx-uwsgi; scgi_temp_path {dir}/nginx-scgi;
  keepalive_requests 1000;
  tcp_nodelay on;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream origin { server {http-origin}; keepalive 320; keepalive_requests 10000; }
  upstream calls { server {grpc-origin}; keepalive 320; keepalive_requests 10000; }
  proxy_http_version 1.1;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header Upgrade $http_upgrade;
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
  ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
  ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
  ssl_session_cache shared:SSL:10m;
  server {
    listen {http} backlog=4096;
    listen {https} ssl http2 backlog=4096;
    server_name {host};
    location / { proxy_pass http://origin; }
    location /bench.Echo/ { grpc_pass grpc://calls; }
    location ~* "^/shop/(.*)" { rewrite "(?i)^/shop/(.*)" /$1 break; client_max_body_size 8m; proxy_pass http://origin; }
  }
  {servers}
}
`

const nginxStream = `
stream {
  access_log off;
  server { listen {bytes} backlog=4096; proxy_pass {bytes-origin}; proxy_buffer_size 64k; }
  server { listen {udp} udp; proxy_pass {udp-origin}; }
}
`

// streamModule is where distributions put nginx's module for TCP and UDP; empty when it is not installed.
func streamModule() string {
	for _, dir := range []string{"/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"} {
		if path := filepath.Join(dir, "ngx_stream_module.so"); exists(path) {
			return path
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (b *bench) startNginx(p *peer, s setting) error {
	path := find("nginx")
	if path == "" {
		p.missing = "not installed"
		return nil
	}
	p.version = versionOf(path, "-v")
	conf := filepath.Join(b.dir, "nginx.conf")
	write := func(turn int) error { return os.WriteFile(conf, b.nginxConfig(p, s, turn), 0o600) }
	if err := write(0); err != nil {
		return err
	}
	if streamModule() == "" {
		for _, c := range cases {
			if c.kind == upload || c.kind == download || c.kind == datagrams {
				p.broken[c.name] = "its stream module is not installed"
			}
		}
	}
	var err error
	if p.process, err = b.start("nginx", b.pinned(s.place(), path, "-p", b.dir, "-c", conf), false); err != nil {
		return err
	}
	p.swap = func(turn int) error {
		if err := write(turn); err != nil {
			return err
		}
		return p.process.cmd.Process.Signal(syscall.SIGHUP)
	}
	return p.process.listens(p.http)
}

func (b *bench) nginxConfig(p *peer, s setting, turn int) []byte {
	var servers strings.Builder
	for i, name := range s.names() {
		if i > 0 {
			turn = 0 // one host changes, as in life
		}
		fmt.Fprintf(&servers, "server { listen %s; server_name %s; location / { proxy_pass http://origin; } location /turn-%d { return 404; } }\n",
			p.http, name, turn)
	}
	modules, stream := "", ""
	if path := streamModule(); path != "" {
		modules, stream = "load_module "+path+";", nginxStream
	}
	log := "off"
	if s.log {
		log = b.dir + "/nginx-access.log upstreaminfo buffer=64k flush=1s"
	}
	return fill(strings.Replace(nginxConf, "{stream}", stream, 1), "{modules}", modules, "{workers}", fmt.Sprint(s.cores), "{dir}", b.dir,
		"{log}", log, "{http-origin}", b.origin.http, "{grpc-origin}", b.origin.grpc, "{bytes-origin}", b.origin.bytes,
		"{udp-origin}", b.origin.udp, "{http}", p.http, "{https}", p.https, "{bytes}", p.bytes, "{udp}", p.udp, "{host}", host,
		"{servers}", servers.String())
}
