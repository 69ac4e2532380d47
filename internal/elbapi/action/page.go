package action

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// maxPage is the largest page, and the one that is given when none is asked for.
const maxPage = 400

// page cuts one page out of a list that is in the order of rank. The marker says behind which rank it begins, so that
// pages stay right when resources come and go between them.
func page[T any](all []T, rank func(T) uint64, marker *string, size *int32) ([]T, *string, error) {
	limit := maxPage
	if size != nil {
		if *size < 1 || *size > maxPage {
			return nil, nil, invalid("PageSize '%d' must be from 1 to %d", *size, maxPage)
		}
		limit = int(*size)
	}
	if marker != nil {
		after, ok := readMarker(*marker)
		if !ok {
			return nil, nil, invalid("Marker '%s' is not one that this API gave out", *marker)
		}
		for len(all) > 0 && rank(all[0]) <= after {
			all = all[1:]
		}
	}
	if len(all) <= limit {
		return all, nil, nil
	}
	return all[:limit], aws.String(writeMarker(rank(all[limit-1]))), nil
}

const markerPrefix = "after "

func writeMarker(rank uint64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(markerPrefix + strconv.FormatUint(rank, 10)))
}

func readMarker(text string) (uint64, bool) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	digits, ok := strings.CutPrefix(string(plain), markerPrefix)
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil
}

// position ranks the entries of a list that never changes by where they stand.
type position[T any] struct {
	at    uint64
	value T
}

// pageFixed is page for a list whose order is its own.
func pageFixed[T any](all []T, marker *string, size *int32) ([]T, *string, error) {
	ranked := make([]position[T], len(all))
	for i, v := range all {
		ranked[i] = position[T]{uint64(i) + 1, v}
	}
	cut, next, err := page(ranked, func(p position[T]) uint64 { return p.at }, marker, size)
	out := make([]T, len(cut))
	for i, p := range cut {
		out[i] = p.value
	}
	return out, next, err
}
