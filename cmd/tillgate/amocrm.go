package main

import (
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// AmocrmConfig is a programme kept in amoCRM or Kommo.
type AmocrmConfig struct {
	Token Secret `toml:"token"`
	amocrm.Config
}

// check puts the line to what is wrong in the section.
func (a *AmocrmConfig) check(ck *checker) {
	for _, err := range causes(a.Config.Check()) {
		var m *amocrm.Mistake
		if errors.As(err, &m) {
			ck.wrong("provider.amocrm."+m.Key, "%s", m.Problem)
		}
	}
	ck.secret("provider.amocrm.token", a.Token, "a long-lived token of a private integration")
}

func (c *Config) amocrm(read func(Secret) (string, error)) (loyalty.Provider, error) {
	token, err := read(c.Provider.Amocrm.Token)
	if err != nil {
		return nil, fmt.Errorf("provider.amocrm.token: %w", err)
	}
	cfg := c.Provider.Amocrm.Config
	cfg.Token, cfg.Country, cfg.Currency, cfg.Version = token, c.Decode.Country, c.Till.Currency, version
	return amocrm.New(cfg)
}
