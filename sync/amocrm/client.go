// Package amocrm is a loyalty programme kept in the section Customers of amoCRM
// (Kommo), by its API v4.
//
// What the CRM can not do decides how this package works:
//
//   - It knows no keys, so Client is loyalty.Careful: a bonus change whose answer
//     was lost is never sent again, and a person settles it. A purchase carries
//     the operation's key in its comment and in metadata.external_id, and is
//     looked for there before it is made again.
//   - It has no reservation: Reserve takes the points at once, Abort gives them
//     back. What was done to a sale is kept in the ticket of its outcomes, which
//     the till's journal carries along; nothing has to be asked back.
//   - Its documents do not say where a customer's balance can be read. It is
//     taken from a custom field that mirrors it (balance_field), or from
//     bonus_points if the answer has that; else it is unknown, and nothing is
//     spent.
//   - It has no versions: answers are numbered by the time of their question, or
//     for a change by the time of its answer, so that a record never seems to
//     reflect what it was asked for too early. If the clock of the till is set
//     back, older records are kept until it has caught up.
//   - It has no feed that works on every account (list filters are admitted one
//     by one), so there is none here: the till's copy is filled by lookups.
//
// All tills of a chain and every other integration share seven requests a second;
// a till keeps to the share that the configuration gives it.
package amocrm

import (
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
)

var (
	_ loyalty.Provider = (*Client)(nil)
	_ loyalty.Careful  = (*Client)(nil)
	_ loyalty.Termed   = (*Client)(nil)
	_ loyalty.Dated    = (*Client)(nil)
)

// Client talks to one account. It is safe for use by several goroutines.
type Client struct {
	cfg    Config
	base   *url.URL
	http   *http.Client
	share  *share
	stamps stamps
	ends   time.Time // of the token; zero if it does not say

	mu    sync.Mutex
	tiers *tiers                // nil before the segments were read
	joins map[loyalty.Key]*join // registrations that have begun

	levels map[loyalty.CustomerID]string // segments of customers as they were seen last
}

// timeout of one call. The CRM answers within a second or two.
const timeout = 10 * time.Second

// New checks the configuration. It does not call the CRM.
func New(cfg Config) (*Client, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Token == "" {
		return nil, errors.New("token is missing: an administrator makes a long-lived one in the settings of a private integration (Keys and scopes)")
	}
	cfg = cfg.withDefaults()
	base, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, err
	}
	transport := cfg.Transport
	if transport == nil {
		t, err := httpclient.NewTransport("", timeout)
		if err != nil {
			return nil, err
		}
		t.IdleConnTimeout = 15 * time.Second // a change on a connection that died meanwhile would be in doubt
		transport = t
	}
	return &Client{
		cfg: cfg, base: base, joins: map[loyalty.Key]*join{}, levels: map[loyalty.CustomerID]string{}, share: newShare(cfg.RequestsPerSecond), ends: tokenEnd(cfg.Token),
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the API does not redirect; a captive portal does
		}},
	}, nil
}

// Name is the provider's name in the configuration.
func (c *Client) Name() string { return "amocrm" }

// Close closes the connections that are kept for later calls.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// CredentialsEnd is when the token ends; the zero time if it does not say.
func (c *Client) CredentialsEnd() time.Time { return c.ends }

// stamps are versions: milliseconds of the till's clock, each greater than the
// one before.
type stamps struct {
	mu   sync.Mutex
	last uint64
}

func (s *stamps) next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last+1, uint64(time.Now().UnixMilli()))
	return s.last
}
