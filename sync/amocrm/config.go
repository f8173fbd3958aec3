package amocrm

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config is the section of the configuration. What the CRM's documents leave
// open is for it to say.
type Config struct {
	URL               string    `toml:"url"`                 // "https://example.amocrm.ru": the account's own host
	RequestsPerSecond float64   `toml:"requests_per_second"` // this till's share of the chain's 7; 0 = 1
	BalanceField      int64     `toml:"balance_field"`       // id of the customer's custom field that mirrors the balance; 0 = bonus_points, if answers have it
	CardField         int64     `toml:"card_field"`          // id of the customer's custom field with the number of a card of plastic; 0 = there are none
	ExternalField     int64     `toml:"external_field"`      // id of the custom field with the chain's own id of the customer; 0 = none
	RegisterSegment   int64     `toml:"register_segment"`    // that customers registered at the till are put into; 0 = none
	PointValue        int64     `toml:"point_value"`         // minor units that one bonus pays; 0 = 100
	PriceUnit         int64     `toml:"price_unit"`          // minor units of 1 in a purchase's price; 0 = 100
	Price             string    `toml:"price"`               // what a purchase's price is: PricePaid, PriceTotal or PriceEarning; "" = PricePaid
	AccrueBonus       *bool     `toml:"accrue_bonus"`        // the CRM accrues by its own rules; nil = true
	DeleteTakesBack   bool      `toml:"delete_takes_back"`   // a deleted purchase takes its accrual along by itself
	PartialReturns    string    `toml:"partial_returns"`     // PartialRefuse or PartialCompensate; "" = PartialRefuse
	RateUnit          string    `toml:"rate_unit"`           // of a segment's bonus_points_conversion_rate: RatePercent or RateFraction; "" = RatePercent
	ContactPhone      bool      `toml:"contact_phone"`       // read the phone of the main contact with every lookup
	Segments          []Segment `toml:"segment"`             // what is said here counts before what the CRM says

	Token    string `toml:"-"` // long-lived, of a private integration
	Country  string `toml:"-"` // whose rule holds for phones without +: "RU", "KZ" or "none"
	Currency string `toml:"-"` // ISO 4217
	Version  string `toml:"-"` // goes into the User-Agent
	// Quiet is how long a purchase that is not found is given to appear before it
	// is made again; 0 = 2 s.
	Quiet time.Duration `toml:"-"`
	// Transport replaces the HTTP transport, for tests.
	Transport http.RoundTripper `toml:"-"`
}

// Segment is a level of the programme: a segment of customers.
type Segment struct {
	ID        int64 `toml:"id"`         // 0: customers without a segment
	EarnShare *int  `toml:"earn_share"` // basis points of the money paid; nil: what the CRM says
	MaxShare  *int  `toml:"max_share"`  // basis points of the receipt that points may pay; nil: what the CRM says
	MinSpend  int64 `toml:"min_spend"`
}

// What a purchase's price can be.
const (
	PricePaid    = "paid"    // the money paid
	PriceTotal   = "total"   // before points
	PriceEarning = "earning" // the money paid for lines on which points are earned
)

// What becomes of a return of a part of a sale.
const (
	PartialRefuse     = "refuse"     // a person corrects it in the CRM
	PartialCompensate = "compensate" // by a bonus change; the purchase stays as it is
)

// What a conversion rate of 5 percent looks like.
const (
	RatePercent  = "percent"  // 5
	RateFraction = "fraction" // 0.05
)

// Mistake is one thing wrong in the section.
type Mistake struct {
	Key     string // within the section: "url", "segment[0].id"
	Problem string
}

func (m *Mistake) Error() string { return m.Key + ": " + m.Problem }

// mostRequests is what the whole chain may ask in a second (Kommo, API
// limitations: 7 requests per second for an integration).
const mostRequests = 7

// Check says all that is wrong, as joined Mistakes.
func (c Config) Check() error {
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, &Mistake{key, fmt.Sprintf(format, args...)})
	}
	oneOf := func(key, value string, of ...string) {
		if value == "" {
			return
		}
		for _, s := range of {
			if s == value {
				return
			}
		}
		wrong(key, "%q: one of %s", value, strings.Join(of, ", "))
	}
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		wrong("url", "missing: the account's own address, such as https://example.amocrm.ru")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil:
		wrong("url", "%q: the account's own address, such as https://example.amocrm.ru", c.URL)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		wrong("url", "%q would send customers' data unencrypted: use https", c.URL)
	}
	if r := c.RequestsPerSecond; r != 0 && !(r >= 0.5 && r <= mostRequests) {
		wrong("requests_per_second", "%v: 0.5 to %d, which is all that the whole chain has", r, mostRequests)
	}
	for _, k := range []struct {
		key string
		n   int64
	}{{"balance_field", c.BalanceField}, {"card_field", c.CardField}, {"external_field", c.ExternalField}, {"register_segment", c.RegisterSegment}, {"point_value", c.PointValue}, {"price_unit", c.PriceUnit}} {
		if k.n < 0 || k.n > 1<<40 {
			wrong(k.key, "%d: a positive number", k.n)
		}
	}
	oneOf("price", c.Price, PricePaid, PriceTotal, PriceEarning)
	oneOf("partial_returns", c.PartialReturns, PartialRefuse, PartialCompensate)
	oneOf("rate_unit", c.RateUnit, RatePercent, RateFraction)
	seen := map[int64]bool{}
	for i, s := range c.Segments {
		at := fmt.Sprintf("segment[%d].", i)
		if s.ID < 0 || seen[s.ID] {
			wrong(at+"id", "%d: the id of a segment, each once; 0 stands for customers without one", s.ID)
		}
		seen[s.ID] = true
		for _, k := range []struct {
			key string
			n   *int
		}{{"earn_share", s.EarnShare}, {"max_share", s.MaxShare}} {
			if k.n != nil && (*k.n < 0 || *k.n > 10_000) {
				wrong(at+k.key, "%d: hundredths of a percent, 0 to 10000", *k.n)
			}
		}
		if s.MinSpend < 0 {
			wrong(at+"min_spend", "%d: must not be negative", s.MinSpend)
		}
	}
	return errors.Join(errs...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c Config) withDefaults() Config {
	if c.RequestsPerSecond == 0 {
		c.RequestsPerSecond = 1
	}
	if c.PointValue == 0 {
		c.PointValue = 100
	}
	if c.PriceUnit == 0 {
		c.PriceUnit = 100
	}
	if c.Price == "" {
		c.Price = PricePaid
	}
	if c.AccrueBonus == nil {
		yes := true
		c.AccrueBonus = &yes
	}
	if c.Country == "" {
		c.Country = "RU"
	}
	if c.Currency == "" {
		c.Currency = "RUB"
	}
	if c.Quiet == 0 {
		c.Quiet = 2 * time.Second
	}
	return c
}
