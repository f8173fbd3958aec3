package main

import (
	"cmp"
	"fmt"
	"net/url"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
)

// MaxmaConfig is the programme MAXMA.
type MaxmaConfig struct {
	URL         string      `toml:"url"`
	Key         Secret      `toml:"key"`
	ShopCode    string      `toml:"shop_code"`
	ShopName    string      `toml:"shop_name"`
	Language    string      `toml:"language"`
	CAFile      string      `toml:"ca_file"`
	Offers      bool        `toml:"offers"`
	Refund      string      `toml:"refund"`
	HistorySecs int         `toml:"history_seconds"`
	Levels      []MaxmaTier `toml:"level"`
}

// MaxmaTier is a level of the programme, as far as the till knows it.
type MaxmaTier struct {
	Name       string         `toml:"name"`
	PointValue loyalty.Money  `toml:"point_value"`
	MaxShare   *int           `toml:"max_share"`
	MinSpend   loyalty.Points `toml:"min_spend"`
	EarnShare  int            `toml:"earn_share"`
}

func (m *MaxmaConfig) check(ck *checker) {
	u, err := url.Parse(cmp.Or(m.URL, maxma.Address))
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		ck.wrong("provider.maxma.url", "%q: an address, such as %s", m.URL, maxma.Address)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		ck.wrong("provider.maxma.url", "%q would send customers' data unencrypted: use https", m.URL)
	}
	ck.secret("provider.maxma.key", m.Key, "the processing key that MAXMA's support gives out")
	if m.Language != "" && m.Language != "ru" && m.Language != "en" {
		ck.wrong("provider.maxma.language", "%q: ru or en", m.Language)
	}
	if m.Refund != "" && m.Refund != "goods" && m.Refund != "paid" {
		ck.wrong("provider.maxma.refund", "%q: goods (their price before points) or paid (the money given back)", m.Refund)
	}
	if m.HistorySecs < 0 || m.HistorySecs > 86_400 {
		ck.wrong("provider.maxma.history_seconds", "%d: 1 to 86400 seconds", m.HistorySecs)
	}
	seen := map[string]bool{}
	for i, t := range m.programme("RUB").Tiers {
		if err := t.Terms.Validate(); err != nil {
			ck.wrong(fmt.Sprintf("provider.maxma.level[%d]", i), "%v", err)
		} else if seen[t.Name] {
			ck.wrong(fmt.Sprintf("provider.maxma.level[%d]", i), "a second level of the name %q", t.Name)
		}
		seen[t.Name] = true
	}
}

// programme is what the configuration says of MAXMA's terms.
func (m *MaxmaConfig) programme(currency string) loyalty.Programme {
	p := loyalty.Programme{Name: "MAXMA", Currency: currency}
	for _, l := range m.Levels {
		share := 10_000
		if l.MaxShare != nil {
			share = *l.MaxShare
		}
		p.Tiers = append(p.Tiers, loyalty.Tier{Name: l.Name, Terms: loyalty.Terms{
			PointValue: cmp.Or(l.PointValue, 100), MaxShare: share, MinSpend: l.MinSpend, EarnShare: l.EarnShare}})
	}
	return p
}

func (c *Config) maxma(read func(Secret) (string, error)) (loyalty.Provider, error) {
	m := c.Provider.Maxma
	key, err := read(m.Key)
	if err != nil {
		return nil, fmt.Errorf("provider.maxma.key: %w", err)
	}
	return maxma.New(maxma.Config{
		URL: m.URL, Key: key, ShopCode: cmp.Or(m.ShopCode, c.Till.Shop), ShopName: cmp.Or(m.ShopName, c.Till.Name),
		Language: m.Language, CAFile: m.CAFile, Offers: m.Offers, RefundPaid: m.Refund == "paid",
		HistoryLag: time.Duration(m.HistorySecs) * time.Second, Programme: m.programme(c.Till.Currency), Version: version,
	})
}
