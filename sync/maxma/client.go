// Package maxma is the loyalty programme MAXMA (formerly CloudLoyalty) as a till
// sees it: a loyalty.Provider over MAXMA's processing API.
//
// The API has no keys of operations, only the number of a sale (txid) and of a
// return, both chosen by the till. So the sale's key is its txid; Reserve makes
// a preliminary purchase (set-purchase) whose ticket Commit confirms and Abort
// discards; a sale that only earns is set-purchase and confirm-ticket in one
// Commit; and the operation's key is the number of a return or a rollback. What
// makes a repeat recognisable is MAXMA's "already processed" (17) and
// "discarded" (22), and, where those leave a doubt, the customer's purchase
// history, in which a txid is looked for before anything is booked anew.
//
// The API's documents leave open what happens to a second set-purchase of a txid
// that is not confirmed yet. The client lives with each way that can be thought
// of: the same ticket, a new one, or a refusal; after a refusal it goes on under
// another txid once the history shows that the first was never booked. What
// else rests on conclusions instead of documents is said where it is used, and
// is in Config where another answer would need another behaviour.
//
// There is no feed: the till knows of a customer what the last lookup said.
// MAXMA has no versions of its records either; a record gets the time before it
// was asked for and an operation the time after its answer, so that a record
// that is newer than an operation shows it.
package maxma

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tillgate/tillgate/sync/internal/httpclient"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Address is where MAXMA's API is, unless the configuration says otherwise; for
// trials there is https://api-test.maxma.com.
const Address = "https://api.maxma.com"

// Config is MAXMA's part of the configuration.
type Config struct {
	URL      string // "" = Address
	Key      string // the processing key that MAXMA gives out
	ShopCode string // as in MAXMA's cabinet
	ShopName string // "" = the code
	Language string // of MAXMA's own texts: "ru" or "en"; "" = "ru"
	Timeout  int    // of one call, in seconds, 1 to 300; 0 = 10
	CAFile   string // PEM certificates that are trusted besides the system's

	// Programme is what the till goes by before MAXMA has answered, and offline:
	// MAXMA does not tell its terms. Without tiers a point is worth a rouble, may
	// pay the whole receipt, and nothing is promised to be earned.
	Programme loyalty.Programme
	// Offers lets MAXMA take discounts of its own off (its "offers"), besides
	// points and promo codes. Without it every row forbids them: the cashier has
	// told the customer the POS's price.
	Offers bool
	// RefundPaid says that the amount of a return is the money given back. Else it
	// is the price of the goods before points. The documents say neither. If the
	// choice is wrong, a whole return is refused as above the sale, for people to
	// see, and not done in part without a word; hence the default.
	RefundPaid bool
	// HistoryLag is how long a booked sale may be missing from the history; 0 = a
	// minute, of which nothing is documented.
	HistoryLag time.Duration

	Version   string            // goes into the User-Agent
	Transport http.RoundTripper // replaces the HTTP transport, for tests
}

// Client talks to MAXMA. It is safe for use by several goroutines.
type Client struct {
	cfg     Config
	http    *http.Client
	base    *url.URL
	agent   string
	timeout time.Duration
	started time.Time

	mu       sync.Mutex
	version  uint64                        // the last that was given out
	unsure   map[string]time.Time          // txids whose confirmation went out last then, without a clear answer
	busy     map[loyalty.Key]chan struct{} // sales with an operation at work
	register map[loyalty.Key]bool          // registrations that went out without a clear answer
}

// New checks the configuration. It does not call MAXMA.
func New(cfg Config) (*Client, error) {
	if cfg.URL == "" {
		cfg.URL = Address
	}
	if cfg.ShopName == "" {
		cfg.ShopName = cfg.ShopCode
	}
	if cfg.Language == "" {
		cfg.Language = "ru"
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10
	}
	if cfg.HistoryLag == 0 {
		cfg.HistoryLag = time.Minute
	}
	if len(cfg.Programme.Tiers) == 0 {
		cfg.Programme.Tiers = []loyalty.Tier{{Terms: loyalty.Terms{PointValue: 100, MaxShare: 10_000}}}
	}
	if cfg.Programme.Currency == "" {
		cfg.Programme.Currency = "RUB"
	}
	base, err := url.Parse(cfg.URL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("url: %w", err)
	case base.Scheme != "https" && base.Scheme != "http" || base.Host == "":
		return nil, fmt.Errorf("url %q: must begin with https:// and name a host", cfg.URL)
	case base.RawQuery != "" || base.Fragment != "" || base.User != nil:
		return nil, errors.New("url: must not have a user, a query or a fragment")
	case cfg.Key == "":
		return nil, errors.New("key is missing: the processing key from MAXMA's support")
	case strings.ContainsFunc(cfg.Key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("key: has a blank or a character that is not ASCII in it")
	case cfg.ShopCode == "":
		return nil, errors.New("shop_code is missing: the shop's code in MAXMA's cabinet")
	case cfg.Language != "ru" && cfg.Language != "en":
		return nil, fmt.Errorf("language %q: must be ru or en", cfg.Language)
	case cfg.Timeout < 1 || cfg.Timeout > 300:
		return nil, fmt.Errorf("timeout is %d, must be between 1 and 300 seconds", cfg.Timeout)
	}
	if err := cfg.Programme.Validate(); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: base, agent: "tillgate", timeout: time.Duration(cfg.Timeout) * time.Second,
		started: time.Now(), busy: map[loyalty.Key]chan struct{}{}, unsure: map[string]time.Time{}, register: map[loyalty.Key]bool{}}
	if cfg.Version != "" {
		c.agent += "/" + cfg.Version
	}
	transport := cfg.Transport
	if transport == nil {
		if transport, err = httpclient.NewTransport(cfg.CAFile, c.timeout); err != nil {
			return nil, err
		}
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the API does not redirect; a captive portal does
	}}
	return c, nil
}

// Name is the provider's name in the configuration.
func (c *Client) Name() string { return "maxma" }

// Close closes the connections that are kept for later calls.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Programme is the programme as the configuration has it: MAXMA does not tell its
// terms. It is asked for its settings all the same, so that the answer says too
// whether MAXMA is reached and takes the key.
func (c *Client) Programme(ctx context.Context) (loyalty.Programme, error) {
	if _, err := c.Rules(ctx); err != nil {
		return loyalty.Programme{}, err
	}
	return c.cfg.Programme, nil
}

// next is a version: the time in microseconds, later than every one before.
func (c *Client) next() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = max(c.version+1, uint64(time.Now().UnixMicro()))
	return c.version
}

func timeOf(version uint64) time.Time { return time.UnixMicro(int64(version)) }
