package targets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// checkpoint is a text that is equal when the same group should have the same targets. Pods are part of it: one that took
// over the address of another has to be registered anew, because AWS may still be draining the address.
func checkpoint(w Want) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %t\n", w.ARN, w.Shared)
	for _, t := range sorted(w.Targets) {
		fmt.Fprintf(h, "%q %d %q\n", t.ID, t.Port, t.Pod)
	}
	_, _ = io.WriteString(h, "1") // the format
	return hex.EncodeToString(h.Sum(nil)[:16])
}
