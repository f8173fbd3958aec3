package centraltest

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/server"
)

// Central is a central API that runs for a test, on a real port.
type Central struct {
	*server.Server
	Faults *server.Faults
	Switch *server.Switch
	URL    string
	t      testing.TB
}

// Start runs a central API until the end of the test. Its books are audited
// then.
func Start(t testing.TB, o server.Options) *Central {
	t.Helper()
	return StartAt(t, filepath.Join(t.TempDir(), "central.db"), o)
}

// StartAt is Start on a database of the caller's.
func StartAt(t testing.TB, path string, o server.Options) *Central {
	t.Helper()
	s, err := server.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	faults := server.NewFaults(Check(t, s.Handler()))
	h := httptest.NewUnstartedServer(faults)
	sw := server.NewSwitch(h.Listener)
	h.Listener = sw
	h.Start()
	c := &Central{Server: s, Faults: faults, Switch: sw, URL: "http://" + sw.Addr().String(), t: t}
	t.Cleanup(func() {
		if err := s.Audit(); err != nil {
			t.Errorf("the central API's books: %v", err)
		}
		h.CloseClientConnections()
		s.Close()
		h.Close()
	})
	return c
}

// Client makes a client for a till, with a token of its own.
func (c *Central) Client(shop, till string) *central.Client {
	c.t.Helper()
	token, err := c.Grant(shop, till)
	if err != nil {
		c.t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	cl, err := central.New(central.Config{URL: c.URL, Token: token, Version: "test", Transport: transport})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(cl.Close)
	return cl
}
