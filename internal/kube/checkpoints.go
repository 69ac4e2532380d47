package kube

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// checkpointShards is how many ConfigMaps share the checkpoints. One ConfigMap holds 1 MiB, which is some 2,000
// checkpoints of 500 bytes.
const checkpointShards = 16

// Checkpoints keep small texts by key in ConfigMaps, so that a controller that starts knows what the one before it left
// behind. Losing them costs calls to AWS and nothing else. Methods may be called from any goroutine.
type Checkpoints struct {
	client    client.Client
	namespace string
	prefix    string

	mu sync.Mutex
	// shards are what was read or written last; a shard that was not read yet is nil. Only the leader uses checkpoints, so
	// nobody else writes meanwhile; if somebody does, the API server refuses the write and the shard is read again.
	shards [checkpointShards]*corev1.ConfigMap
}

// NewCheckpoints keeps checkpoints in ConfigMaps named prefix and a digit, in a namespace.
func NewCheckpoints(c client.Client, namespace, prefix string) *Checkpoints {
	return &Checkpoints{client: c, namespace: namespace, prefix: prefix}
}

// place is the shard of a key, and the key within it: keys of ConfigMaps allow fewer letters than ours have.
func place(key string) (shard int, within string) {
	sum := sha256.Sum256([]byte(key))
	return int(sum[0]) % checkpointShards, hex.EncodeToString(sum[:16])
}

// Load finds a checkpoint.
func (c *Checkpoints) Load(ctx context.Context, key string) (string, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shard, within := place(key)
	m, err := c.read(ctx, shard)
	if err != nil {
		return "", false, err
	}
	kept, value, ok := strings.Cut(m.Data[within], "\n")
	if !ok || kept != key {
		return "", false, nil
	}
	return value, true, nil
}

// Store keeps a checkpoint. Storing what is there already costs nothing.
func (c *Checkpoints) Store(ctx context.Context, key, value string) error {
	return c.change(ctx, key, key+"\n"+value)
}

// Delete forgets a checkpoint; one that is not there is no error.
func (c *Checkpoints) Delete(ctx context.Context, key string) error { return c.change(ctx, key, "") }

// change sets what a shard holds under a key; empty takes it away.
func (c *Checkpoints) change(ctx context.Context, key, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	shard, within := place(key)
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		old, err := c.read(ctx, shard)
		if err != nil || old.Data[within] == text {
			return err
		}
		m := old.DeepCopy()
		if m.Data == nil {
			m.Data = map[string]string{}
		}
		m.Data[within] = text
		if text == "" {
			delete(m.Data, within)
		}
		if m.ResourceVersion == "" {
			err = c.client.Create(ctx, m)
		} else {
			err = c.client.Update(ctx, m)
		}
		if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) {
			c.shards[shard] = nil
			return apierrors.NewConflict(corev1.Resource("configmaps"), m.Name, err)
		}
		if err == nil {
			c.shards[shard] = m
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the checkpoint of %s: %w", key, err)
	}
	return nil
}

// read finds a shard; one that does not exist yet is empty.
func (c *Checkpoints) read(ctx context.Context, shard int) (*corev1.ConfigMap, error) {
	if m := c.shards[shard]; m != nil {
		return m, nil
	}
	m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: c.namespace, Name: fmt.Sprintf("%s-%x", c.prefix, shard),
		Labels: map[string]string{"app.kubernetes.io/managed-by": "gwanmun"},
	}}
	err := c.client.Get(ctx, types.NamespacedName{Namespace: m.Namespace, Name: m.Name}, m)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("reading checkpoints from ConfigMap %s/%s: %w", m.Namespace, m.Name, err)
	}
	c.shards[shard] = m
	return m, nil
}
