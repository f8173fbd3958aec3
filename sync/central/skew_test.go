package central_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central"
)

func TestSkew(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		http.Error(w, "no", http.StatusServiceUnavailable)
	}))
	defer srv.Close()
	c, err := central.New(central.Config{URL: srv.URL, Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Skew() != 0 {
		t.Errorf("%s before the first answer", c.Skew())
	}
	c.Status(t.Context())
	if off := (c.Skew() - time.Hour).Abs(); off > 5*time.Second {
		t.Errorf("%s, want about an hour", c.Skew())
	}
}
