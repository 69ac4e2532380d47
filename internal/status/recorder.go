package status

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/gwanmun/gwanmun/internal/objects"
)

// maxMessage is the longest message that the API server takes.
const maxMessage = 1024

// Recorder writes Events when something changes, and only then. An Event that is still true is not written again: the
// list of events of an object reads like its history. Methods may be called from any goroutine.
type Recorder struct {
	client    client.Client
	component string
	now       func() time.Time
	logger    *slog.Logger

	mu sync.Mutex
	// told is by object and topic: what its build says does not put an end to what its deploy says.
	told map[objects.Key]map[string][]Event
}

// NewRecorder makes a recorder that writes in the name of a component.
func NewRecorder(c client.Client, component string, now func() time.Time, logger *slog.Logger) *Recorder {
	return &Recorder{client: c, component: component, now: now, logger: logger, told: map[objects.Key]map[string][]Event{}}
}

// Tell says what is true of an object now, on one topic. Only what was not true before is written.
func (r *Recorder) Tell(ctx context.Context, about client.Object, on string, events ...Event) {
	fresh, known := r.remember(about, on, events)
	for _, e := range fresh {
		r.write(ctx, about, e, known)
	}
}

// Happened writes an Event although it was true before: something was done once more.
func (r *Recorder) Happened(ctx context.Context, about client.Object, on string, e Event) {
	_, known := r.remember(about, on, []Event{e})
	r.write(ctx, about, e, known)
}

// Assume notes what is true of an object without writing it, unless something else was said on the topic before.
func (r *Recorder) Assume(ctx context.Context, about client.Object, on string, events ...Event) {
	fresh, known := r.remember(about, on, events)
	if !known {
		return
	}
	for _, e := range fresh {
		r.write(ctx, about, e, known)
	}
}

// Forget drops what is known of an object that is gone.
func (r *Recorder) Forget(k objects.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.told, k)
}

// remember keeps what is said and returns what is new of it; known says whether anything was said on the topic before.
func (r *Recorder) remember(about client.Object, on string, events []Event) (fresh []Event, known bool) {
	k, ok := objects.KeyOf(about)
	if !ok {
		return nil, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before, known := r.told[k][on]
	if len(events) == 0 && !known {
		return nil, false
	}
	if r.told[k] == nil {
		r.told[k] = map[string][]Event{}
	}
	r.told[k][on] = slices.Clone(events)
	for _, e := range events {
		if !slices.Contains(before, e) {
			fresh = append(fresh, e)
		}
	}
	return fresh, known
}

// write writes one Event. Its name follows from what it says, so that a controller that starts anew does not say
// everything once more; an Event that comes up again is counted in the one that is there.
func (r *Recorder) write(ctx context.Context, about client.Object, e Event, again bool) {
	event, err := r.event(about, e)
	if err == nil {
		err = r.client.Create(ctx, event)
	}
	if apierrors.IsAlreadyExists(err) {
		if err = nil; again {
			err = r.count(ctx, event)
		}
	}
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return // nobody will read it
	}
	if err != nil && ctx.Err() == nil {
		r.logger.Warn("writing an Event", "object", client.ObjectKeyFromObject(about).String(), "reason", e.Reason, "error", err)
	}
}

func (r *Recorder) count(ctx context.Context, event *corev1.Event) error {
	var have corev1.Event
	if err := r.client.Get(ctx, client.ObjectKeyFromObject(event), &have); err != nil {
		return client.IgnoreNotFound(err)
	}
	now := have.DeepCopy()
	now.Count++
	now.LastTimestamp = event.LastTimestamp
	return client.IgnoreNotFound(r.client.Patch(ctx, now, client.MergeFrom(&have)))
}

func (r *Recorder) event(about client.Object, e Event) (*corev1.Event, error) {
	gvk, err := apiutil.GVKForObject(about, r.client.Scheme())
	if err != nil {
		return nil, err
	}
	namespace := about.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	message := e.Message
	if len(message) > maxMessage {
		message = message[:maxMessage-3] + "..."
	}
	sum := sha256.Sum256([]byte(string(about.GetUID()) + "\n" + e.Reason + "\n" + message))
	now := metav1.NewTime(r.now())
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: about.GetName() + "." + hex.EncodeToString(sum[:8])},
		InvolvedObject: corev1.ObjectReference{
			APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind, Namespace: about.GetNamespace(), Name: about.GetName(),
			UID: about.GetUID(), ResourceVersion: about.GetResourceVersion(),
		},
		Type: e.Type, Reason: e.Reason, Message: message, Count: 1, FirstTimestamp: now, LastTimestamp: now,
		Source: corev1.EventSource{Component: r.component}, ReportingController: r.component,
	}, nil
}
