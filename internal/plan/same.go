package plan

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// sameActions compares what is desired with what is there. A client secret that AWS does not give away counts as equal;
// whoever remembers what it sent compares it too, because its observed model holds the secret.
func sameActions(want, have []model.Action) bool {
	w, h := normalActions(want), normalActions(have)
	if len(w) != len(h) {
		return false
	}
	for i := range w {
		if x, y := w[i].AuthenticateOIDC, h[i].AuthenticateOIDC; x != nil && y != nil && (x.ClientSecret == "" || y.ClientSecret == "") {
			x.ClientSecret, y.ClientSecret = "", ""
		}
		if !equal(w[i], h[i]) {
			return false
		}
	}
	return true
}

// equal is reflect.DeepEqual, with which nil and empty lists are the same.
func equal(a, b any) bool { return equalValue(reflect.ValueOf(a), reflect.ValueOf(b)) }

func equalValue(a, b reflect.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equalValue(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if !equalValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// sameMatch says whether two rules match the same requests.
func sameMatch(a, b *model.Rule) bool {
	return equal(normalConditions(a.Conditions), normalConditions(b.Conditions))
}

// sameContent compares rules without their places and without what AWS does not hold.
func sameContent(a, b *model.Rule) bool {
	return sameMatch(a, b) && sameActions(a.Actions, b.Actions) &&
		equal(normalTransforms(a.Transforms), normalTransforms(b.Transforms))
}

// sameListener compares what ModifyListener can change, but for the default actions. What is not desired keeps what AWS has.
func sameListener(want, have *model.Listener) bool {
	if want.Protocol != have.Protocol {
		return false
	}
	switch want.Protocol {
	case model.HTTPS, model.TLS:
	default:
		return true
	}
	return want.DefaultCertificate == have.DefaultCertificate &&
		(want.SSLPolicy == "" || want.SSLPolicy == have.SSLPolicy) &&
		cmp.Or(want.ALPNPolicy, noALPN) == cmp.Or(have.ALPNPolicy, noALPN) &&
		sameMutualAuthentication(want.MutualAuthentication, have.MutualAuthentication)
}

func sameMutualAuthentication(want, have *model.MutualAuthentication) bool {
	if want == nil {
		return true // taking the annotation away leaves the setting, as with the original
	}
	off := model.MutualAuthentication{Mode: mutualOff}
	if have == nil {
		have = &off
	}
	w, h := *want, *have
	w.AdvertiseTrustStoreCANames = cmp.Or(w.AdvertiseTrustStoreCANames, mutualOff)
	h.AdvertiseTrustStoreCANames = cmp.Or(h.AdvertiseTrustStoreCANames, mutualOff)
	return w == h
}

// sameHealthCheck compares the members that are desired; the others have the API's defaults, which depend on the protocol.
func sameHealthCheck(want, have *model.HealthCheck) bool {
	if want == nil || have == nil {
		return want == nil
	}
	return wanted(want.Protocol, have.Protocol) && wanted(want.Port, have.Port) && wanted(want.Path, have.Path) &&
		wanted(want.IntervalSeconds, have.IntervalSeconds) && wanted(want.TimeoutSeconds, have.TimeoutSeconds) &&
		wanted(want.HealthyThreshold, have.HealthyThreshold) && wanted(want.UnhealthyThreshold, have.UnhealthyThreshold) &&
		wanted(want.HTTPCodes, have.HTTPCodes) && wanted(want.GRPCCodes, have.GRPCCodes)
}

// wanted says whether a desired value is there; a zero one is no wish.
func wanted[T comparable](want, have T) bool {
	var none T
	return want == none || want == have
}

// sameSubnets compares attachments without regard to their order; addresses that are not desired are AWS's choice.
func sameSubnets(want, have []model.SubnetMapping) bool {
	if len(want) != len(have) {
		return false
	}
	for _, w := range want {
		i := slices.IndexFunc(have, func(h model.SubnetMapping) bool { return h.SubnetID == w.SubnetID })
		if i < 0 {
			return false
		}
		h := have[i]
		if !wanted(w.AllocationID, h.AllocationID) || !wanted(w.PrivateIPv4Address, h.PrivateIPv4Address) ||
			!wanted(w.IPv6Address, h.IPv6Address) || !wanted(w.SourceNATIPv6, h.SourceNATIPv6) {
			return false
		}
	}
	return true
}

// sameSet compares lists without regard to their order.
func sameSet(a, b []string) bool {
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(slices.Compact(x), slices.Compact(y))
}
