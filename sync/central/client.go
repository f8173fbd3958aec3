// Package central is the chain's own central API as a till sees it: the OpenAPI
// document and the client. The client is a loyalty.Provider and a loyalty.Feed.
//
// What an error means for a promise to a customer is decided here and nowhere
// else: an operation of which not one byte was sent, or that the server itself
// put off, is a *loyalty.Unavailable; a problem with a reason is a
// *loyalty.Refusal; whatever else comes back once a byte is out (silence, half
// an answer, a proxy's page, an answer to another question) may hide a booking
// and is a plain error, which loyalty.Judge takes for unknown. Nothing is
// retried here: the journal owns the retries, and their key.
package central

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// Config is the central API's section of the configuration.
type Config struct {
	URL     string `toml:"url"`     // "https://loyalty.example.com": the part before /v1
	Token   string `toml:"token"`   // this till's; filled in from where the configuration says
	Timeout int    `toml:"timeout"` // of one call, in seconds, 1 to 300; 0 = 10. A snapshot may take longer but not stand still for longer.
	CAFile  string `toml:"ca_file"` // PEM certificates that are trusted besides the system's
	// Version goes into the User-Agent.
	Version string `toml:"-"`
	// Transport replaces the HTTP transport, for tests.
	Transport http.RoundTripper `toml:"-"`
}

// Client talks to a central API. It is safe for use by several goroutines.
type Client struct {
	skew    atomic.Int64 // see Skew
	http    *http.Client
	base    *url.URL
	token   string
	agent   string
	timeout time.Duration
	keep    struct {
		path string // "" if nothing is kept
		key  *seal.Key
	}
}

// Keep lets a snapshot that was cut be kept in a file, sealed under the till's
// key, so that the next one goes on where it was: after a restart too. Call it
// before the first Snapshot; one transfer at a time is kept.
func (c *Client) Keep(path string, key *seal.Key) { c.keep.path, c.keep.key = path, key }

// New checks the configuration. It does not call the server.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.URL)
	switch {
	case cfg.URL == "":
		return nil, errors.New("url is missing: the address of the central API, such as https://loyalty.example.com")
	case err != nil:
		return nil, fmt.Errorf("url: %w", err)
	case base.Scheme != "https" && base.Scheme != "http" || base.Host == "":
		return nil, fmt.Errorf("url %q: must begin with https:// (or http:// inside a safe network) and name a host", cfg.URL)
	case base.RawQuery != "" || base.Fragment != "" || base.User != nil:
		return nil, fmt.Errorf("url: must not have a user, a query or a fragment")
	case strings.HasSuffix(strings.TrimSuffix(base.Path, "/"), "/v1"):
		return nil, fmt.Errorf("url %q: leave out the /v1 at its end", cfg.URL)
	case cfg.Token == "":
		return nil, errors.New("token is missing: the chain gives out one per till")
	case strings.ContainsFunc(cfg.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("token: has a blank or a character that is not ASCII in it")
	case cfg.Timeout < 0 || cfg.Timeout > 300:
		return nil, fmt.Errorf("timeout is %d, must be between 1 and 300 seconds", cfg.Timeout)
	}
	c := &Client{base: base, token: cfg.Token, agent: "tillgate/" + cfg.Version, timeout: time.Duration(cfg.Timeout) * time.Second}
	if c.timeout == 0 {
		c.timeout = 10 * time.Second
	}
	if cfg.Version == "" {
		c.agent = "tillgate"
	}
	transport := cfg.Transport
	if transport == nil {
		t, err := httpclient.NewTransport(cfg.CAFile, c.timeout)
		if err != nil {
			return nil, err
		}
		t.DisableCompression = true
		transport = t
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the API does not redirect; a captive portal does
	}}
	return c, nil
}

// Name is the provider's name in the configuration.
func (c *Client) Name() string { return "central" }

// Close closes the connections that are kept for later calls.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Lookup finds a customer at the server.
func (c *Client) Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	raw, err := c.call(ctx, http.MethodPost, "/v1/customers/lookup", id)
	if err != nil {
		var no *loyalty.Refusal
		if errors.As(err, &no) && no.Reason == loyalty.CustomerUnknown {
			return loyalty.Customer{}, loyalty.ErrNotFound
		}
		return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
	}
	found, err := parseFound(raw, id)
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
	}
	if len(found) > 1 {
		return loyalty.Customer{}, &loyalty.Ambiguous{Kind: id.Kind, Customers: found}
	}
	return found[0], nil
}

// Quote asks what a sale may spend and what it earns.
func (c *Client) Quote(ctx context.Context, s loyalty.Sale) (loyalty.Quote, error) {
	raw, err := c.call(ctx, http.MethodPost, "/v1/quote", s)
	if err != nil {
		return loyalty.Quote{}, fmt.Errorf("quote: %w", err)
	}
	q, err := parseQuote(raw, s)
	if err != nil {
		return loyalty.Quote{}, fmt.Errorf("quote: %w", err)
	}
	return q, nil
}

// Apply carries out an operation.
func (c *Client) Apply(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	if !op.Key.Valid() {
		return loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "key is not a UUID in lower case"}
	}
	raw, err := c.call(ctx, http.MethodPut, "/v1/operations/"+string(op.Key), op)
	if err != nil {
		return loyalty.Outcome{}, fmt.Errorf("%s: %w", op.Kind, err)
	}
	out, err := parseApplied(raw, op)
	if err != nil {
		return loyalty.Outcome{}, fmt.Errorf("%s: %w", op.Kind, err)
	}
	return out, nil
}

// Programme asks for tiers and terms.
func (c *Client) Programme(ctx context.Context) (loyalty.Programme, error) {
	raw, err := c.call(ctx, http.MethodGet, "/v1/programme", nil)
	if err != nil {
		return loyalty.Programme{}, fmt.Errorf("programme: %w", err)
	}
	p, err := parseProgramme(raw)
	if err != nil {
		return loyalty.Programme{}, fmt.Errorf("programme: %w", err)
	}
	return p, nil
}

// Status is whom the server takes the caller for, and its clock.
type Status struct {
	Time time.Time `json:"time"`
	Shop string    `json:"shop"`
	Till string    `json:"till"`
}

// Status asks the server whom it takes this till for.
func (c *Client) Status(ctx context.Context) (Status, error) {
	raw, err := c.call(ctx, http.MethodGet, "/v1/status", nil)
	if err != nil {
		return Status{}, fmt.Errorf("status: %w", err)
	}
	var s Status
	if err := json.Unmarshal(raw, &s); err != nil || s.Time.IsZero() || s.Shop == "" || s.Till == "" {
		return Status{}, &AnswerError{What: "status", Why: "time, shop or till is missing"}
	}
	return s, nil
}

// request makes a request with what goes into every one.
func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.base.String(), "/")+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	if body == nil {
		r.Body, r.GetBody = nil, nil
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json, application/problem+json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("User-Agent", c.agent)
	return r, nil
}
