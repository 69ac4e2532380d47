package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/testkit/ports"
)

// object is a piece of Traefik's configuration, written as JSON, which is YAML too.
type object = map[string]any

// startTraefik runs Traefik with one file of static and one of dynamic configuration, which it follows.
func (b *bench) startTraefik(p *peer, s setting) error {
	path := find("traefik")
	if path == "" {
		p.missing = notInstalled
		return nil
	}
	p.version = traefikVersion(path)
	write := func(turn int) error { return b.writeObject("traefik-dynamic.yaml", b.traefikDynamic(p, s, turn)) }
	if err := write(0); err != nil {
		return err
	}
	if err := b.writeObject("traefik.yaml", b.traefikStatic(p, s)); err != nil {
		return err
	}
	cmd := b.pinned(s.place(), path, "--configFile="+b.dir+"/traefik.yaml")
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(s.cores))
	var err error
	if p.process, err = b.start("traefik", cmd, false); err != nil {
		return err
	}
	p.swap = write
	return p.process.listens(p.http)
}

// traefikVersion is the number in what Traefik says about itself.
func traefikVersion(path string) string {
	return "Traefik " + strings.TrimSpace(strings.TrimPrefix(versionOf(path, "version"), "Version:"))
}

// writeObject replaces a file of the bench's directory by a rename, as everybody replaces files that others read.
func (b *bench) writeObject(name string, o object) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// traefikStatic is what Traefik wants to know once. It keeps as many connections to the origin as everybody else may, and
// takes a new configuration as soon as it comes.
func (b *bench) traefikStatic(p *peer, s setting) object {
	o := object{
		"global": object{"checkNewVersion": false, "sendAnonymousUsage": false},
		"entryPoints": object{
			"http": object{"address": p.http}, "https": object{"address": p.https},
			"bytes": object{"address": p.bytes}, "udp": object{"address": p.udp + "/udp"},
		},
		"providers":        object{"providersThrottleDuration": "100ms", "file": object{"filename": b.dir + "/traefik-dynamic.yaml", "watch": true}},
		"serversTransport": object{"maxIdleConnsPerHost": 320},
		"log":              object{"level": "ERROR"},
	}
	if s.log {
		o["accessLog"] = object{"filePath": b.dir + "/traefik-access.log", "bufferingSize": 256}
	}
	return o
}

// traefikDynamic is routers, services and middlewares. Traefik makes its own forwarding fields; it gets those that it does
// not know as fixed ones, which is to its advantage.
func (b *bench) traefikDynamic(p *peer, s setting, turn int) object {
	fields := []string{"fields"}
	ours := "Host(`" + host + "`)"
	router := func(rule, service string, tls bool, middlewares []string) object {
		o := object{"rule": rule, "service": service, "middlewares": middlewares, "entryPoints": []string{"http"}}
		if tls {
			o["tls"], o["entryPoints"] = object{}, []string{"https"}
		}
		return o
	}
	routers := object{
		"plain": router(ours, "origin", false, fields), "secure": router(ours, "origin", true, fields),
		"calls": router(ours+" && PathPrefix(`/bench.Echo/`)", "calls", true, fields),
	}
	for i, name := range s.names() {
		if i > 0 {
			turn = 0 // one host changes, as in life
		}
		routers[name] = router("Host(`"+name+"`)", "origin", false, fields)
		routers["turn-"+name] = router(fmt.Sprintf("Host(`%s`) && PathPrefix(`/turn-%d`)", name, turn), "origin", false, fields)
	}
	servers := func(list ...string) object {
		var out []object
		for _, url := range list {
			out = append(out, object{"url": url})
		}
		return object{"servers": out}
	}
	pair := servers("http://"+b.origin.http, "http://"+b.origin.second)
	pair["sticky"] = object{"cookie": object{"name": "bench", "httpOnly": true}}
	middlewares, shop := b.traefikPolicies(s)
	middlewares["fields"] = object{"headers": object{"customRequestHeaders": object{
		"X-Request-ID": "00000000000000000000000000000000", "X-Forwarded-Scheme": "http", "X-Scheme": "http", "X-Forwarded-Port": ports.Of(p.http),
	}}}
	if s.policy != 0 {
		service := "origin"
		if s.policy&sticky != 0 {
			service = "pair"
		}
		routers["shop"] = router(ours+" && PathPrefix(`/shop/`)", service, false, append(shop, fields...))
	}
	certificate := object{"certFile": b.dir + "/cert.pem", "keyFile": b.dir + "/key.pem"}
	return object{
		"http": object{
			"routers": routers, "middlewares": middlewares,
			"services": object{
				"origin": object{"loadBalancer": servers("http://" + b.origin.http)}, "pair": object{"loadBalancer": pair},
				"calls": object{"loadBalancer": servers("h2c://" + b.origin.grpc)},
			},
		},
		"tcp": object{
			"routers":  object{"bytes": object{"rule": "HostSNI(`*`)", "service": "bytes", "entryPoints": []string{"bytes"}}},
			"services": object{"bytes": object{"loadBalancer": object{"servers": []object{{"address": b.origin.bytes}}}}},
		},
		"udp": object{
			"routers":  object{"udp": object{"service": "udp", "entryPoints": []string{"udp"}}},
			"services": object{"udp": object{"loadBalancer": object{"servers": []object{{"address": b.origin.udp}}}}},
		},
		"tls": object{
			"certificates": []object{certificate},
			"stores":       object{"default": object{"defaultCertificate": certificate}},
			"options":      object{"default": object{"minVersion": "VersionTLS13", "curvePreferences": []string{"X25519MLKEM768", "X25519"}}},
		},
	}
}

// traefikPolicies are the middlewares of a setting, and their order.
func (b *bench) traefikPolicies(s setting) (middlewares object, order []string) {
	all := []struct {
		policy policy
		name   string
		is     object
	}{
		{limited, "limited", object{"rateLimit": object{"average": 1000000, "burst": 5000000}}},
		{guarded, "guarded", object{"forwardAuth": object{"address": "http://" + b.origin.http + "/authorize", "authResponseHeaders": []string{"X-User"}}}},
		{shared, "shared", object{"headers": object{
			"accessControlAllowOriginList": []string{"*"}, "accessControlAllowCredentials": true, "accessControlMaxAge": 1728000,
			"accessControlAllowMethods": []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"},
			"accessControlAllowHeaders": []string{
				"DNT", "Keep-Alive", "User-Agent", "X-Requested-With", "If-Modified-Since", "Cache-Control", "Content-Type", "Range", "Authorization",
			},
		}}},
		{rewritten, "rewritten", object{"replacePathRegex": object{"regex": "^/shop/(.*)", "replacement": "/$1"}}},
	}
	middlewares = object{}
	for _, m := range all {
		if s.policy&m.policy != 0 {
			middlewares[m.name] = m.is
			order = append(order, m.name)
		}
	}
	return middlewares, order
}
