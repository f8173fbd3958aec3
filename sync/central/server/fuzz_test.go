package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// FuzzOperation sends bodies to the operations of a till. Whatever comes, the
// answer is one of the document's, and the books are in order.
func FuzzOperation(f *testing.F) {
	c := newClock()
	s, err := Open(filepath.Join(f.TempDir(), "central.db"), Options{Now: c.Now, NoSync: true})
	must(f, err)
	f.Cleanup(func() { s.Close() })
	enrol(f, s, "c1", 1000)
	token, err := s.Grant("7", "2")
	must(f, err)
	h := s.Handler()
	sale := sold(c, "c1", 100_000, 10)
	sale.Lines = []loyalty.Line{{ID: "1", Qty: 1000, Price: 100_000, Total: 100_000, NoPoints: true}}
	for _, op := range []loyalty.Operation{do(c, loyalty.Reserve, sale), do(c, loyalty.Commit, sale), do(c, loyalty.Abort, sale), goods(c, sale, 5), do(c, loyalty.Revert, sale)} {
		raw, err := json.Marshal(op)
		must(f, err)
		f.Add(raw)
	}
	f.Add([]byte(`{"key":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","kind":"commit","at":"2026-03-01T12:00:00Z","sale":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in struct {
			Key loyalty.Key `json:"key"`
		}
		if json.Unmarshal(raw, &in); !in.Key.Valid() {
			in.Key = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
		}
		r := httptest.NewRequest(http.MethodPut, "/v1/operations/"+string(in.Key), bytes.NewReader(raw))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch w.Code {
		case 200, 400, 403, 409, 422:
		default:
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
		if w.Code == 200 {
			audit(t, s)
		}
	})
}
