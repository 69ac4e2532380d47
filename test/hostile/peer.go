package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/recorder"
)

// peer is another proxy that is compared with ours.
type peer struct {
	name, version string
	// missing says that it is not installed.
	missing bool
	fronts  []*front
	command *exec.Cmd
	dir     string
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

// peerKind is what is known of a peer beforehand.
type peerKind struct {
	name    string
	version []string
	// config makes the configuration; run is how to start with it.
	config func(dir string, plain, secure *front) string
	run    func(dir, config string) []string
}

var peers = []peerKind{
	{"nginx", []string{"-v"}, nginxConfig, func(dir, config string) []string { return []string{"-p", dir, "-c", config} }},
	{"haproxy", []string{"-v"}, haproxyConfig, func(_, config string) []string { return []string{"-db", "-f", config} }},
}

// startPeer starts one, if it is installed.
func startPeer(kind peerKind, chain, key []byte) (*peer, error) {
	p := &peer{name: kind.name}
	path := find(kind.name)
	if path == "" {
		p.missing = true
		return p, nil
	}
	out, _ := exec.Command(path, kind.version...).CombinedOutput() // a peer without version is one all the same
	p.version, _, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
	dir, err := os.MkdirTemp("", "hostile-"+kind.name)
	if err != nil {
		return nil, err
	}
	p.dir = dir
	for name, content := range map[string][]byte{"cert.pem": chain, "key.pem": key, "both.pem": append(append([]byte{}, chain...), key...)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return nil, err
		}
	}
	plain, err := peerFront(kind.name, false)
	if err != nil {
		return nil, err
	}
	secure, err := peerFront(kind.name+" h2", true)
	if err != nil {
		return nil, err
	}
	p.fronts = []*front{plain, secure}
	config := filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte(kind.config(dir, plain, secure)), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	p.command = exec.Command(path, kind.run(dir, config)...)
	p.command.Stdout, p.command.Stderr = log, log
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", kind.name, err)
	}
	for range 100 {
		if c, err := net.Dial("tcp", plain.address); err == nil {
			c.Close()
			return p, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "log")) // for the message
	p.stop()
	return nil, fmt.Errorf("%s does not listen: %s", kind.name, text)
}

// peerFront is a front with a recorder and an address of its own.
func peerFront(name string, secure bool) (*front, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{name: name, secure: secure, address: l.Addr().String(), peer: true, wait: 1500 * time.Millisecond}
	_ = l.Close() // the peer takes the address
	f.target, err = recorder.Start(recorder.Options{Owned: ownedNginx, Forged: "forged", Answer: f.answer})
	return f, err
}

// stop ends the process and its children, and removes what was written.
func (p *peer) stop() {
	if p.command != nil && p.command.Process != nil {
		_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) // it keeps nothing
		_ = p.command.Wait()                                      // killed
	}
	for _, f := range p.fronts {
		f.target.Close()
	}
	if p.dir != "" {
		_ = os.RemoveAll(p.dir) // a leftover harms nobody
	}
}

// nginxConfig has the features of our listener of class nginx: the same fields, limits and rules.
func nginxConfig(dir string, plain, secure *front) string {
	server := func(f *front, listen string) string {
		return fmt.Sprintf(`
  upstream %[1]s { server %[2]s; keepalive 320; }
  server {
    listen %[3]s; server_name secret.example;
    %[4]s
    location / { return 403 forbidden; }
  }
  server {
    listen %[3]s default_server; server_name _;
    %[4]s
    location = /admin { return 403 forbidden; }
    location /admin/ { return 403 forbidden; }
    location /redirect { return 308 https://$host$request_uri; }
    location / {
      proxy_pass http://%[1]s;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Request-ID $request_id;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Scheme $scheme;
      proxy_set_header X-Scheme $scheme;
      proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
      proxy_set_header X-Original-URL "";
      proxy_set_header X-Original-Method "";
      proxy_set_header X-Original-URI "";
      proxy_set_header ssl-client-cert "";
      proxy_set_header ssl-client-verify "";
      proxy_set_header ssl-client-subject-dn "";
      proxy_set_header Proxy "";
      proxy_buffer_size 16k; proxy_buffers 8 16k; proxy_buffering off;
    }
  }
`, map[bool]string{false: "plain", true: "secure"}[f.secure], f.target.Address(), listen,
			map[bool]string{false: "", true: fmt.Sprintf("ssl_certificate %[1]s/cert.pem; ssl_certificate_key %[1]s/key.pem;", dir)}[f.secure])
	}
	return fmt.Sprintf(`
worker_processes 1; daemon off; pid %[1]s/pid; error_log %[1]s/log crit;
events { worker_connections 1024; }
http {
  access_log off; server_tokens off; keepalive_requests 1000; client_max_body_size 1m; large_client_header_buffers 4 8k;
  http2_max_concurrent_streams 128;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fcgi;
  uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
%[2]s%[3]s}
`, dir, server(plain, plain.address), server(secure, secure.address+" ssl http2"))
}

// haproxyConfig does the same.
func haproxyConfig(dir string, plain, secure *front) string {
	part := func(name string, f *front, bind string) string {
		return fmt.Sprintf(`
frontend front-%[1]s
  bind %[2]s %[3]s
  http-request return status 403 content-type text/plain string forbidden if { path /admin } || { path_beg /admin/ }
  http-request return status 403 content-type text/plain string forbidden if { req.hdr(host),lower,field(1,:) -m str secret.example }
  http-request redirect code 308 location https://%%[req.hdr(host)]%%[capture.req.uri] if { path_beg /redirect }
  http-request del-header Proxy
  http-request del-header X-Original- -m beg
  http-request del-header ssl-client- -m beg
  http-request del-header X-Forwarded- -m beg
  http-request set-header X-Real-IP %%[src]
  http-request set-header X-Forwarded-For %%[src]
  http-request set-header X-Forwarded-Host %%[req.hdr(host)]
  http-request set-header X-Forwarded-Port %%[dst_port]
  http-request set-header X-Forwarded-Proto %%[ssl_fc,iif(https,http)]
  http-request set-header X-Forwarded-Scheme %%[ssl_fc,iif(https,http)]
  http-request set-header X-Scheme %%[ssl_fc,iif(https,http)]
  default_backend back-%[1]s
backend back-%[1]s
  server target %[4]s
`, name, f.address, bind, f.target.Address())
	}
	return `
global
  maxconn 1024
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-request 60s
  option http-keep-alive
  http-reuse always
` + part("plain", plain, "") + part("secure", secure, fmt.Sprintf("ssl crt %s/both.pem alpn h2,http/1.1", dir))
}
