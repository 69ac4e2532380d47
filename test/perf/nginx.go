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
// nginx fastest here, not ingress-nginx's; TLS belongs to the one server that needs it, since others would each load the
// certificate. The access log has ingress-nginx's format, written in pieces of 64 KB.
const nginxConf = `
{modules}
worker_processes {workers};
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/nginx-error.log crit;
worker_rlimit_nofile 20000;
events { worker_connections 19000; }
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
  upstream pair { hash $sticky consistent; server {http-origin}; server {second-origin}; keepalive 320; keepalive_requests 10000; }
  map $cookie_bench $sticky { default $cookie_bench; '' $request_id; }
  map $cookie_bench $fresh { default ''; '' "bench=$request_id; Path=/; HttpOnly"; }
  limit_req_zone $binary_remote_addr zone=clients:5m rate=1000000r/s;
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
  client_body_buffer_size 2m; client_max_body_size 2m;
  proxy_buffer_size 16k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k; proxy_max_temp_file_size 0;
  server {
    ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
    ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_session_cache shared:SSL:10m;
    listen {http} backlog=4096;
    listen {https} ssl http2 backlog=4096;
    server_name {host};
    location / { proxy_pass http://origin; }
    location /bench.Echo/ { grpc_pass grpc://calls; }
    {policies}
  }
  {servers}
}
`

// nginxPolicies are what ingress-nginx makes of the annotations, without Lua: the cookie is hashed by the module for it.
var nginxPolicies = map[policy]string{
	rewritten: `rewrite "(?i)^/shop/(.*)" /$1 break; client_max_body_size 8m;`,
	sticky:    `add_header Set-Cookie $fresh;`,
	shared: `if ($request_method = OPTIONS) { return 204; }
      add_header Access-Control-Allow-Origin * always; add_header Access-Control-Allow-Credentials true always;
      add_header Access-Control-Allow-Methods "GET, PUT, POST, DELETE, PATCH, OPTIONS" always;
      add_header Access-Control-Allow-Headers "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization" always;
      add_header Access-Control-Max-Age 1728000 always;`,
	limited: `limit_req zone=clients burst=5000000 nodelay;`,
	guarded: `auth_request /authorize; auth_request_set $user $upstream_http_x_user; proxy_set_header X-User $user;
      proxy_set_header Connection $connection_upgrade; proxy_set_header Upgrade $http_upgrade; proxy_set_header Host $http_host;
      proxy_set_header X-Request-ID $request_id; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Port $server_port; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Scheme $scheme; proxy_set_header X-Scheme $scheme;`,
}

// nginxGuard asks the origin whether a request may pass, with the fields that ingress-nginx sends.
const nginxGuard = `location = /authorize {
      internal; proxy_pass http://origin; proxy_pass_request_body off; proxy_set_header Content-Length "";
      proxy_set_header Connection ""; proxy_set_header Host {http-origin}; proxy_set_header X-Sent-From nginx-ingress-controller;
      proxy_set_header X-Original-URL $scheme://$http_host$request_uri; proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Auth-Request-Redirect $request_uri;
    }
`

// nginxShop is the location of a setting's policies.
func nginxShop(s setting) string {
	if s.policy == 0 {
		return ""
	}
	var b strings.Builder
	if s.policy&guarded != 0 {
		b.WriteString(nginxGuard)
	}
	b.WriteString(`location ~* "^/shop/(.*)" { `)
	for p := rewritten; p <= guarded; p <<= 1 {
		if s.policy&p != 0 {
			b.WriteString(nginxPolicies[p] + "\n      ")
		}
	}
	upstream := "origin"
	if s.policy&sticky != 0 {
		upstream = "pair"
	}
	b.WriteString("proxy_pass http://" + upstream + "; }")
	return b.String()
}

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
		p.missing = notInstalled
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
			if c.below() {
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
	conf := strings.NewReplacer("{stream}", stream, "{policies}", nginxShop(s)).Replace(nginxConf)
	return fill(conf, "{modules}", modules, "{workers}", fmt.Sprint(s.cores), "{dir}", b.dir,
		"{log}", log, "{http-origin}", b.origin.http, "{second-origin}", b.origin.second, "{grpc-origin}", b.origin.grpc, "{bytes-origin}", b.origin.bytes,
		"{udp-origin}", b.origin.udp, "{http}", p.http, "{https}", p.https, "{bytes}", p.bytes, "{udp}", p.udp, "{host}", host,
		"{servers}", servers.String())
}
