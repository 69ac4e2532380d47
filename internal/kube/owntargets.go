package kube

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// The name of the ConfigMap, its only key and the form of the value are those of the AWS Load Balancer Controller: a cluster
// that comes from there must go on knowing which targets are its own.
const (
	ownTargetsPrefix = "aws-lbc-targets-"
	ownTargetsKey    = "targets"
)

// OwnTargets keeps, in a ConfigMap beside each TargetGroupBinding, which targets of a target group that clusters share were
// registered by this cluster: as "id:port", separated by commas.
type OwnTargets struct {
	client client.Client
}

// NewOwnTargets makes no call.
func NewOwnTargets(c client.Client) *OwnTargets { return &OwnTargets{client: c} }

func ownTargetsOf(binding objects.Name) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: binding.Namespace, Name: ownTargetsPrefix + binding.Name,
		Labels: map[string]string{"app.kubernetes.io/managed-by": "gwanmun"},
	}}
}

// Load gives what was stored last; nothing when nothing ever was.
func (o *OwnTargets) Load(ctx context.Context, binding objects.Name) ([]string, error) {
	m, err := o.read(ctx, binding)
	if err != nil {
		return nil, err
	}
	var out []string
	for text := range strings.SplitSeq(m.Data[ownTargetsKey], ",") {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, text)
		}
	}
	return out, nil
}

// Store keeps targets. Storing what is there already writes nothing.
func (o *OwnTargets) Store(ctx context.Context, binding objects.Name, targets []string) error {
	value := strings.Join(targets, ",")
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		m, err := o.read(ctx, binding)
		if err != nil {
			return err
		}
		if have, ok := m.Data[ownTargetsKey]; ok && have == value {
			return nil
		}
		if m.Data == nil {
			m.Data = map[string]string{}
		}
		m.Data[ownTargetsKey] = value
		if m.ResourceVersion == "" {
			err = o.client.Create(ctx, m)
		} else {
			err = o.client.Update(ctx, m)
		}
		if apierrors.IsAlreadyExists(err) || m.ResourceVersion != "" && apierrors.IsNotFound(err) {
			return apierrors.NewConflict(corev1.Resource("configmaps"), m.Name, err)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping which targets of TargetGroupBinding %s are this cluster's: %w", binding, err)
	}
	return nil
}

// Delete forgets the targets of a binding; nothing to forget is no error.
func (o *OwnTargets) Delete(ctx context.Context, binding objects.Name) error {
	if err := o.client.Delete(ctx, ownTargetsOf(binding)); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("forgetting which targets of TargetGroupBinding %s are this cluster's: %w", binding, err)
	}
	return nil
}

// read finds the ConfigMap; one that does not exist yet is empty.
func (o *OwnTargets) read(ctx context.Context, binding objects.Name) (*corev1.ConfigMap, error) {
	m := ownTargetsOf(binding)
	err := o.client.Get(ctx, client.ObjectKeyFromObject(m), m)
	if apierrors.IsNotFound(err) {
		return ownTargetsOf(binding), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which targets of TargetGroupBinding %s are this cluster's: %w", binding, err)
	}
	return m, nil
}
