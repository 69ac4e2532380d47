package controller

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// KeysSecret is the name of the Secret that holds the keys of cookies, sessions and TLS tickets.
const KeysSecret = "gwanmun-keys"

// keysEntry is the entry of the Secret.
const keysEntry = "keys"

// Keys says how replicas share the keys of cookies, sessions and TLS tickets: all follow a Secret, which the leader makes
// and rotates.
type Keys struct {
	// Keeper gets the keys; it is the one of the proxy.
	Keeper *keyring.Keeper
	// Secret is where they are.
	Secret objects.Name
	// Retry is the pause before the Secret is looked at again after a failure, and how often the leader asks whether it is
	// time to rotate; 10 s when 0.
	Retry time.Duration
}

func (k *Keys) pause() time.Duration { return cmp.Or(k.Retry, 10*time.Second) }

// followKeysLoop hands the keys in the Secret to the proxy whenever they change: in every replica. Without a Secret the
// keys stay as they are.
func (c *Controller) followKeysLoop(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := c.followKeys(ctx); err != nil && ctx.Err() == nil {
			c.o.Logger.Error("the keys of cookies and tickets cannot be followed", "object", c.o.Nginx.Keys.Secret.String(), "error", err)
		}
		c.restKeys(ctx)
	}
	return nil
}

func (c *Controller) restKeys(ctx context.Context) {
	wait := time.NewTimer(c.o.Nginx.Keys.pause())
	defer wait.Stop()
	select {
	case <-ctx.Done():
	case <-wait.C:
	}
}

// followKeys reads the Secret and follows it until the watch ends.
func (c *Controller) followKeys(ctx context.Context) error {
	name := c.o.Nginx.Keys.Secret
	// Watching begins before reading, so that no change falls between the two.
	changes, err := c.o.Client.Watch(ctx, &corev1.SecretList{}, client.InNamespace(name.Namespace),
		client.MatchingFields{"metadata.name": name.Name})
	if err != nil {
		return err
	}
	defer changes.Stop()
	s, err := c.keysSecret(ctx)
	if err != nil {
		return err
	}
	if s != nil {
		if err := c.takeKeys(s); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, open := <-changes.ResultChan():
			if !open || e.Type == watch.Error {
				return nil // as watches do; the next one follows
			}
			changed, ok := e.Object.(*corev1.Secret)
			if !ok || changed.Name != name.Name || e.Type == watch.Deleted {
				continue
			}
			if err := c.takeKeys(changed); err != nil {
				return err
			}
		}
	}
}

// keysSecret reads the Secret; nil when there is none.
func (c *Controller) keysSecret(ctx context.Context) (*corev1.Secret, error) {
	name := c.o.Nginx.Keys.Secret
	s := &corev1.Secret{}
	err := c.o.Client.Get(ctx, client.ObjectKey{Namespace: name.Namespace, Name: name.Name}, s)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return s, err
}

func (c *Controller) takeKeys(s *corev1.Secret) error {
	set, err := keyring.ParseSet(s.Data[keysEntry])
	if err != nil {
		return err
	}
	ring, err := set.Ring()
	if err != nil {
		return err
	}
	c.o.Nginx.Keys.Keeper.Set(ring)
	return nil
}

// rotateKeysLoop makes the Secret when there is none, and rotates it: under the leader. Should two believe to lead, the
// Secret's version lets only one of them write.
func (c *Controller) rotateKeysLoop(ctx context.Context) {
	for ctx.Err() == nil {
		if err := c.rotateKeys(ctx); err != nil && ctx.Err() == nil {
			c.o.Logger.Error("the keys of cookies and tickets cannot be kept", "object", c.o.Nginx.Keys.Secret.String(), "error", err)
		}
		c.restKeys(ctx)
	}
}

func (c *Controller) rotateKeys(ctx context.Context) error {
	name := c.o.Nginx.Keys.Secret
	s, err := c.keysSecret(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		set, err := keyring.NewSet(rand.Reader, c.o.Now())
		if err != nil {
			return err
		}
		err = c.o.Client.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: name.Namespace, Name: name.Name,
				Labels: map[string]string{"app.kubernetes.io/name": "gwanmun", "app.kubernetes.io/managed-by": c.o.Component},
			},
			Data: map[string][]byte{keysEntry: set.Format()},
		})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	}
	set, err := keyring.ParseSet(s.Data[keysEntry])
	if err != nil {
		return errors.Join(err, errors.New("delete the Secret to have new keys made; everybody has to log in again then"))
	}
	next, err := set.Rotate(rand.Reader, c.o.Now())
	if err != nil || next == set {
		return err
	}
	s.Data[keysEntry] = next.Format()
	if err := c.o.Client.Update(ctx, s); err != nil && !apierrors.IsConflict(err) {
		return err
	}
	return nil
}
