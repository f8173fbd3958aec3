package central_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/loyalty/loyaltytest"
)

func clientOf(t testing.TB, rt http.RoundTripper) *central.Client {
	t.Helper()
	c, err := central.New(central.Config{URL: "http://central.invalid/base/", Token: "t", Version: "1.2", Transport: rt})
	must(t, err)
	return c
}

const (
	someKey = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
	isJSON  = "application/json"
	isHTML  = "text/html; charset=utf-8"
	isIssue = "application/problem+json"
)

func someOp() loyalty.Operation {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return loyalty.Operation{Key: someKey, Kind: loyalty.Commit, At: at, Sale: loyalty.Sale{Key: someKey, Shop: "7", Till: "2", Customer: "c1", At: at, Total: 1000}}
}

// TestVerdicts is the table of what an answer means for an operation and for a
// question.
func TestVerdicts(t *testing.T) {
	const customer = `{"id":"c1","cards":["29"],"balance":0,"version":3,"as_of":"2026-03-01T12:00:00Z"}`
	on := loyaltytest.On
	loyaltytest.Answers(t, []loyaltytest.Answer{
		on("done", loyaltytest.Reply(200, isJSON, `{"key":"`+someKey+`","outcome":{"version":3,"customer":`+customer+`,"new":1},"new":2}`), loyalty.Done, "", 0, loyalty.Unknown),
		on("found", loyaltytest.Reply(200, isJSON+"; charset=utf-8", `{"customers":[`+customer+`]}`), loyalty.Unknown, "", 0, loyalty.Done),
		on("another key", loyaltytest.Reply(200, isJSON, `{"key":"117f22e2-79b0-7cc3-98c4-dc0c0c07398f","outcome":{"version":3}}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("another customer", loyaltytest.Reply(200, isJSON, `{"key":"`+someKey+`","outcome":{"version":3,"customer":`+strings.Replace(customer, "c1", "c2", 1)+`}}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("somebody else's card", loyaltytest.Reply(200, isJSON, `{"customers":[`+strings.Replace(customer, `"29"`, `"28"`, 1)+`]}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("nobody", loyaltytest.Reply(200, isJSON, `{"customers":[]}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("no balance", loyaltytest.Reply(200, isJSON, `{"customers":[`+strings.Replace(customer, `"balance":0,`, "", 1)+`]}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("no version", loyaltytest.Reply(200, isJSON, `{"key":"`+someKey+`","outcome":{}}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("negative", loyaltytest.Reply(200, isJSON, `{"key":"`+someKey+`","outcome":{"version":3,"spent":-5}}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("empty", loyaltytest.Reply(200, isJSON, ``), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("null", loyaltytest.Reply(200, isJSON, `null`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("half", loyaltytest.Reply(200, isJSON, `{"key":"`+someKey), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("huge", loyaltytest.Reply(200, isJSON, strings.Repeat(" ", 17<<20)), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("portal", loyaltytest.Reply(200, isHTML, `<html>`), loyalty.Unknown, "", 0, loyalty.Later),
		on("redirect", loyaltytest.Reply(302, isHTML, ``, "Location", "http://portal.invalid/"), loyalty.Unknown, "", 0, loyalty.Later),
		on("refused", loyaltytest.Reply(422, isIssue, `{"type":"about:blank","title":"x","status":422,"reason":"above_share"}`), loyalty.Refused, loyalty.AboveShare, 0, loyalty.Refused),
		on("a new reason", loyaltytest.Reply(422, isIssue, `{"title":"x","status":422,"reason":"moon_phase"}`), loyalty.Refused, "moon_phase", 0, loyalty.Refused),
		on("key reused", loyaltytest.Reply(409, isIssue, `{"title":"x","status":409,"reason":"key_reused"}`), loyalty.Refused, loyalty.KeyReused, 0, loyalty.Refused),
		on("bad request", loyaltytest.Reply(400, isIssue, `{"title":"x","status":400,"reason":"bad_request","detail":"why"}`), loyalty.Refused, loyalty.BadRequest, 0, loyalty.Refused),
		on("bad request of a proxy", loyaltytest.Reply(400, isHTML, `<html>`), loyalty.Unknown, "", 0, loyalty.Later),
		on("a reason that is no problem", loyaltytest.Reply(422, isJSON, `{"reason":"above_share"}`), loyalty.Unknown, "", 0, loyalty.Unknown),
		on("a reason with a server's error", loyaltytest.Reply(500, isIssue, `{"title":"x","status":500,"reason":"above_share"}`), loyalty.Unknown, "", 0, loyalty.Later),
		on("not found", loyaltytest.Reply(404, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
		on("unauthorized", loyaltytest.Reply(401, isIssue, `{"title":"x","status":401}`), loyalty.Later, "", 0, loyalty.Later),
		on("forbidden", loyaltytest.Reply(403, isIssue, `{"title":"x","status":403}`), loyalty.Later, "", 0, loyalty.Later),
		on("a proxy forbids", loyaltytest.Reply(403, isHTML, ``), loyalty.Later, "", 0, loyalty.Later),
		on("a proxy wants a name", loyaltytest.Reply(407, isHTML, ``), loyalty.Later, "", 0, loyalty.Later),
		on("limited", loyaltytest.Reply(429, isIssue, `{"title":"x","status":429}`, "Retry-After", "30"), loyalty.Later, "", 30*time.Second, loyalty.Later),
		on("busy", loyaltytest.Reply(503, isIssue, `{"title":"x","status":503}`, "Retry-After", "12"), loyalty.Later, "", 12*time.Second, loyalty.Later),
		on("busy until", loyaltytest.Reply(503, isIssue, `{}`, "Retry-After", "Sun, 01 Mar 2026 12:00:40 GMT", "Date", "Sun, 01 Mar 2026 12:00:00 GMT"), loyalty.Later, "", 40*time.Second, loyalty.Later),
		on("busy for a year", loyaltytest.Reply(503, isIssue, `{}`, "Retry-After", "31536000"), loyalty.Later, "", time.Hour, loyalty.Later),
		on("busy, who knows how long", loyaltytest.Reply(503, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
		on("broken", loyaltytest.Reply(500, isIssue, `{"title":"x","status":500}`), loyalty.Unknown, "", 0, loyalty.Later),
		on("bad gateway", loyaltytest.Reply(502, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
		on("gateway timeout", loyaltytest.Reply(504, isHTML, ``), loyalty.Unknown, "", 0, loyalty.Later),
		// The trace that tells a till that something was sent is the real
		// transport's; here every request counts as sent.
	}, func(t testing.TB, rt http.RoundTripper) loyalty.Provider { return clientOf(t, rt) }, someOp(), loyalty.Ident{Kind: loyalty.ByCard, Value: "29"}, someKey)
}

func TestRequest(t *testing.T) {
	var seen *http.Request
	c := clientOf(t, loyaltytest.Answering(func(r *http.Request) *http.Response {
		seen = r
		return loyaltytest.Reply(500, isHTML, "")(r)
	}))
	c.Lookup(t.Context(), loyalty.Ident{Kind: loyalty.ByCard, Value: "2900000000018"})
	if got := seen.URL.String(); got != "http://central.invalid/base/v1/customers/lookup" {
		t.Errorf("asks %s", got)
	}
	if seen.Header.Get("User-Agent") != "tillgate/1.2" || seen.Header.Get("Authorization") != "Bearer t" {
		t.Errorf("header: %v", seen.Header)
	}
}

func TestNewRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	must(t, os.WriteFile(empty, []byte("no certificate"), 0o600))
	good := central.Config{URL: "https://loyalty.example.com", Token: "t"}
	if _, err := central.New(good); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*central.Config){
		"url is missing":                 func(c *central.Config) { c.URL = "" },
		"must begin with https://":       func(c *central.Config) { c.URL = "loyalty.example.com" },
		"must begin with https:// ":      func(c *central.Config) { c.URL = "ftp://loyalty.example.com" },
		"must not have a user":           func(c *central.Config) { c.URL = "https://a:b@loyalty.example.com" },
		"leave out the /v1":              func(c *central.Config) { c.URL += "/v1/" },
		"token is missing":               func(c *central.Config) { c.Token = "" },
		"token: has a blank":             func(c *central.Config) { c.Token = "a\r\nb" },
		"timeout is 301":                 func(c *central.Config) { c.Timeout = 301 },
		"timeout is -1":                  func(c *central.Config) { c.Timeout = -1 },
		"has no certificate in PEM form": func(c *central.Config) { c.CAFile = empty },
		"ca_file: open":                  func(c *central.Config) { c.CAFile = empty + "x" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := central.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", cfg, err, want)
		}
	}
}

// TestCAFile trusts a server whose certificate no system knows, and without the
// file does not.
func TestCAFile(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", isJSON)
		io.WriteString(w, `{"time":"2026-03-01T12:00:00Z","shop":"7","till":"2"}`)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	for _, ca := range []string{file, ""} {
		c, err := central.New(central.Config{URL: s.URL, Token: "t", CAFile: ca})
		must(t, err)
		t.Cleanup(c.Close)
		if _, err := c.Status(t.Context()); (err == nil) != (ca != "") {
			t.Errorf("ca_file %q: %v", ca, err)
		}
		if _, err := c.Apply(t.Context(), someOp()); ca == "" && loyalty.Judge(err) != loyalty.Later {
			t.Errorf("a certificate that is not trusted: %v is %s, want later", err, loyalty.Judge(err))
		}
	}
}
