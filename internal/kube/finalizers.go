package kube

import (
	"context"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// HasFinalizer says whether an object carries a finalizer.
func HasFinalizer(o client.Object, finalizer string) bool {
	return controllerutil.ContainsFinalizer(o, finalizer)
}

// AddFinalizer puts a finalizer on an object. The object is not changed here: its new version comes with the watch.
// Putting one on an object that is being deleted, or is gone, does nothing.
func AddFinalizer(ctx context.Context, c client.Client, o client.Object, finalizer string) error {
	return changeFinalizers(ctx, c, o, func(now client.Object) bool {
		return now.GetDeletionTimestamp() == nil && controllerutil.AddFinalizer(now, finalizer)
	})
}

// RemoveFinalizer takes a finalizer off an object. An object that is gone is no error.
func RemoveFinalizer(ctx context.Context, c client.Client, o client.Object, finalizer string) error {
	return changeFinalizers(ctx, c, o, func(now client.Object) bool {
		return controllerutil.RemoveFinalizer(now, finalizer)
	})
}

// changeFinalizers patches the list of finalizers. A merge patch replaces the whole list, so the patch names the version
// that it was made from, and is made again from the newest one when somebody else was faster.
func changeFinalizers(ctx context.Context, c client.Client, o client.Object, change func(client.Object) bool) error {
	now := o.DeepCopyObject().(client.Object) //nolint:forcetypeassert // a copy is of the same type
	fresh := now.GetResourceVersion() != ""
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if !fresh {
			now = reflect.New(reflect.TypeOf(o).Elem()).Interface().(client.Object) //nolint:forcetypeassert // of the same type
			if err := c.Get(ctx, client.ObjectKeyFromObject(o), now); err != nil {
				return err
			}
		}
		fresh = false
		from := now.DeepCopyObject().(client.Object) //nolint:forcetypeassert // a copy is of the same type
		if !change(now) {
			return nil
		}
		return c.Patch(ctx, now, client.MergeFromWithOptions(from, client.MergeFromWithOptimisticLock{}))
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("changing the finalizers of %s: %w", client.ObjectKeyFromObject(o), err)
	}
	return nil
}
