package main

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tillgate/tillgate/sync/amocrm"
	amocrmfake "github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
	maxmafake "github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui"
)

// demoProgramme is a programme that the demo brings along.
type demoProgramme struct {
	handler http.Handler
	connect func(url string) (loyalty.Provider, error)
	cards   []ui.DemoCard
	close   func() error
}

func (c demoStartCmd) programme(cfg Config, log *slog.Logger) (demoProgramme, error) {
	switch c.Provider {
	case "maxma":
		return c.maxma(cfg)
	case "amocrm":
		return c.amocrm(cfg)
	}
	return c.central(cfg, log)
}

func (c demoStartCmd) central(cfg Config, log *slog.Logger) (p demoProgramme, err error) {
	s, err := server.Open(filepath.Join(c.Data, "central.db"), server.Options{Log: log.With("part", "central")})
	if err != nil {
		return p, exitWith(exitBusy, err)
	}
	p.handler, p.close = s.Handler(), s.Close
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.Seed(c.Customers, demoSeed); err != nil {
		return p, err
	}
	token, err := s.Grant(cfg.Till.Shop, cfg.Till.Till)
	if err != nil {
		return p, err
	}
	samples, err := s.Samples()
	for _, x := range samples {
		p.cards = append(p.cards, ui.DemoCard{Code: x.Code, Name: x.Customer.Name, Tier: x.Customer.Tier, Points: x.Customer.Balance, Kind: x.Kind})
	}
	p.connect = func(url string) (loyalty.Provider, error) {
		return central.New(central.Config{URL: url, Token: token, Version: version})
	}
	return p, err
}

// maxma is the double of MAXMA, which forgets everything with the demo's end.
func (c demoStartCmd) maxma(cfg Config) (demoProgramme, error) {
	s := maxmafake.New(maxmafake.Options{Print: true})
	s.Seed(c.Customers, demoSeed)
	p := demoProgramme{handler: s, close: func() error { return nil }}
	for _, x := range s.Samples() {
		card := ui.DemoCard{Code: x.Code, Tier: x.Level, Points: loyalty.Points(x.Bonuses), Kind: x.Kind}
		if x.Name != "" {
			card.Name = strings.Join([]string{x.Name, x.Patronymic, string([]rune(x.Surname)[:1]) + "."}, " ")
		}
		p.cards = append(p.cards, card)
	}
	p.connect = func(url string) (loyalty.Provider, error) {
		return maxma.New(maxma.Config{URL: url, Key: s.Key(), ShopCode: cfg.Till.Shop, ShopName: cfg.Till.Name, Version: version,
			Programme: loyalty.Programme{Name: "MAXMA", Currency: cfg.Till.Currency, Tiers: []loyalty.Tier{
				{Name: "Базовый", Terms: loyalty.Terms{PointValue: 100, MaxShare: 5000, EarnShare: 500}}}}})
	}
	return p, nil
}

// amocrm is the double of amoCRM, which forgets everything too.
func (c demoStartCmd) amocrm(cfg Config) (demoProgramme, error) {
	const token = "demo"
	s := amocrmfake.New(amocrmfake.Options{Token: token})
	s.Seed(c.Customers, demoSeed)
	p := demoProgramme{handler: s, close: func() error { return nil }}
	for i := range min(5, c.Customers) {
		x, _ := s.Customer(amocrmfake.FirstSeeded + int64(i))
		p.cards = append(p.cards, ui.DemoCard{Code: strconv.FormatInt(x.ID, 10), Name: x.Name, Tier: s.SegmentOf(x), Points: loyalty.Points(x.Points), Kind: "qr"})
	}
	p.cards = append(p.cards, ui.DemoCard{Code: strconv.FormatInt(amocrmfake.FirstSeeded+999_999, 10), Kind: "unknown"})
	p.connect = func(url string) (loyalty.Provider, error) {
		return amocrm.New(amocrm.Config{URL: url, Token: token, RequestsPerSecond: 5, PartialReturns: amocrm.PartialCompensate,
			Country: cfg.Decode.Country, Currency: cfg.Till.Currency, Version: version})
	}
	return p, nil
}

// forget removes the data of the runs before where that is wished, or where it is
// of no use: another programme's customers and promises, or those of one that
// has forgotten them itself.
func (c demoStartCmd) forget() error {
	marker := filepath.Join(c.Data, "programme")
	before, err := os.ReadFile(marker)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if c.Fresh || c.Provider != "central" || cmp.Or(string(before), "central") != c.Provider {
		var held *journal.LockedError
		if j, err := journal.Open(filepath.Join(c.Data, "journal.db"), journal.Options{}); errors.As(err, &held) {
			return exitWith(exitBusy, err) // of a demo that runs
		} else if err == nil {
			j.Close()
		}
		for _, name := range []string{"cache.db*", "journal.db*", "central.db*", "drafts*", "paired.json"} {
			files, err := filepath.Glob(filepath.Join(c.Data, name))
			if err != nil {
				return err
			}
			for _, f := range files {
				if !c.Fresh && (strings.HasPrefix(filepath.Base(f), "central.db") || filepath.Base(f) == "paired.json") {
					continue
				}
				if err := os.Remove(f); err != nil {
					return err
				}
			}
		}
	}
	return os.WriteFile(marker, []byte(c.Provider), 0o600)
}
