package lab

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/aws/resolve"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
)

// Process is a controller process, as far as AWS sees it.
type Process struct {
	Clients   *client.Clients
	Resolver  *resolve.Resolver
	Registrar *targets.Registrar
	Network   *targets.Network
	Realizer  *aws.Realizer
	Kept      *Kept
}

// ProcessOptions of a Process.
type ProcessOptions struct {
	// Cluster is the name of the cluster, VPC the id of its VPC.
	Cluster, VPC string
	// ForeignTags are keys of tags that others manage.
	ForeignTags []string
	// Kept is what an earlier process kept; nil for a process that nobody kept anything for.
	Kept *Kept
}

// Start starts a process. It never really sleeps, and gives up after two retries.
func (l *Lab) Start(ctx context.Context, o ProcessOptions) (*Process, error) {
	p := &Process{Kept: o.Kept}
	if p.Kept == nil {
		p.Kept = &Kept{}
	}
	var err error
	if p.Clients, err = l.connect(ctx); err != nil {
		return nil, err
	}
	p.Resolver = resolve.New(p.Clients, resolve.Options{VPC: o.VPC})
	p.Registrar = targets.New(p.Clients, targets.Options{VPC: p.Resolver.Network})
	p.Network = targets.NewNetwork(p.Clients, targets.NetworkOptions{Cluster: o.Cluster, VPC: p.Resolver.VPC})
	p.Realizer = aws.New(p.Clients, aws.Options{
		Cluster: o.Cluster, Checkpoints: p.Kept, Resolver: p.Resolver, Registrar: p.Registrar, ForeignTags: o.ForeignTags,
		Logger: slog.New(slog.DiscardHandler), Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Patience: time.Millisecond,
	})
	return p, nil
}

// connect makes the clients, once: they remember nothing that a process could learn from.
func (l *Lab) connect(ctx context.Context) (*client.Clients, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clients != nil {
		return l.clients, nil
	}
	var err error
	l.clients, err = client.New(ctx, client.Options{
		Region: l.API.Identity().Region, Endpoint: "http://127.0.0.1", HTTP: &http.Client{Transport: l},
		Throttle: client.Unthrottled(), MaxBackoff: time.Millisecond, MaxRetries: 2,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	return l.clients, err
}

// Kept are checkpoints in memory. The zero value is ready.
type Kept struct {
	mu   sync.Mutex
	text map[string]string
}

// Load finds a text.
func (k *Kept) Load(_ context.Context, key string) (string, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.text[key]
	return v, ok, nil
}

// Store keeps a text.
func (k *Kept) Store(_ context.Context, key, value string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.text == nil {
		k.text = map[string]string{}
	}
	k.text[key] = value
	return nil
}

// Delete drops a text.
func (k *Kept) Delete(_ context.Context, key string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.text, key)
	return nil
}

// Copy is what a process finds that is started now.
func (k *Kept) Copy() *Kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &Kept{text: maps.Clone(k.text)}
}

// Len counts what is kept.
func (k *Kept) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.text)
}
