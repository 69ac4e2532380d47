package front

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// adminPath is where calls begin that are for whoever runs the API and that AWS does not have.
const adminPath = "/_gwanmun/"

// adminCalls are
//
//	GET    /_gwanmun/health   200 while calls are answered
//	GET    /_gwanmun/calls    counts of calls; DELETE sets them to zero
//	GET    /_gwanmun/faults   rules; POST adds one rule or a list of them, DELETE removes all
//	GET    /_gwanmun/public-keys/KID   the key that verifies x-amzn-oidc-data with that kid, as PEM: what AWS answers at
//	       https://public-keys.auth.elb.REGION.amazonaws.com/KID
func (h *Handler) adminCalls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+adminPath+"health", func(w http.ResponseWriter, _ *http.Request) {
		h.reply(w, map[string]any{
			"status": "ok", "region": h.options.Region, "account": h.options.Account, "operations": len(h.table),
		})
	})
	mux.HandleFunc("GET "+adminPath+"calls", func(w http.ResponseWriter, _ *http.Request) { h.reply(w, h.callsReply()) })
	mux.HandleFunc("DELETE "+adminPath+"calls", func(w http.ResponseWriter, _ *http.Request) {
		h.ResetCalls()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET "+adminPath+"faults", func(w http.ResponseWriter, _ *http.Request) { h.reply(w, h.faultsReply()) })
	mux.HandleFunc("POST "+adminPath+"faults", h.addFaults)
	mux.HandleFunc("DELETE "+adminPath+"faults", func(w http.ResponseWriter, _ *http.Request) {
		h.options.Faults.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET "+adminPath+"public-keys/{kid}", h.publicKey)
	return notFromBrowsers(mux)
}

func (h *Handler) publicKey(w http.ResponseWriter, r *http.Request) {
	if h.options.PublicKey != nil {
		if text, ok := h.options.PublicKey(r.PathValue("kid")); ok {
			w.Header().Set("Content-Type", "application/x-pem-file")
			_, _ = w.Write(text) // a client that is gone does not want to know
			return
		}
	}
	http.Error(w, "there is no such key", http.StatusNotFound)
}

// notFromBrowsers refuses what a page of another site makes a browser send.
func notFromBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Mode") == "no-cors" {
			http.Error(w, "admin calls are not for web pages", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (h *Handler) callsReply() any {
	list := h.Calls()
	var total, writes, errors int
	for _, c := range list {
		total += c.Calls
		errors += c.Errors
		if c.Write {
			writes += c.Calls
		}
	}
	if list == nil {
		list = []Count{}
	}
	return map[string]any{"total": total, "writes": writes, "errors": errors, "operations": list}
}

func (h *Handler) faultsReply() any {
	list := h.options.Faults.List()
	if list == nil {
		list = []fault.State{}
	}
	return map[string]any{"rules": list}
}

func (h *Handler) addFaults(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	rules, err := readRules(body)
	if err == nil {
		err = h.options.Faults.Add(rules...)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.reply(w, h.faultsReply())
}

// readRules reads a rule, a list of rules, or an object with a list called rules.
func readRules(body []byte) ([]fault.Rule, error) {
	strict := func(into any) error {
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			return fmt.Errorf("the rules cannot be read: %w", err)
		}
		return nil
	}
	var list []fault.Rule
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		err := strict(&list)
		return list, err
	}
	var wrapped struct {
		Rules []fault.Rule `json:"rules"`
	}
	if strict(&wrapped) == nil && wrapped.Rules != nil {
		return wrapped.Rules, nil
	}
	var one fault.Rule
	err := strict(&one)
	return []fault.Rule{one}, err
}

func (h *Handler) reply(w http.ResponseWriter, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		h.options.Logger.Error("an admin call cannot be answered", "error", err)
		http.Error(w, "this is a mistake of ours", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, '\n')) // a client that is gone does not want to know
}
