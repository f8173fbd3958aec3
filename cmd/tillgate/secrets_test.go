//go:build linux

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	amocrmfake "github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	maxmafake "github.com/tillgate/tillgate/sync/maxma/fake"
)

// secrets are what no log may have at any level: cards, phones, names, codes and
// keys.
type secrets struct {
	known map[string]bool
	late  func() []string // those that come up while a test runs
}

// add takes secrets; what is empty is none.
func (s *secrets) add(all ...string) {
	if s.known == nil {
		s.known = map[string]bool{}
	}
	for _, x := range all {
		if x != "" {
			s.known[x] = true
		}
	}
}

// customer takes all that is personal of one.
func (s *secrets) customer(c loyalty.Customer) {
	s.add(c.Name, string(c.Phone), strings.TrimPrefix(string(c.Phone), "+7"), c.ExternalID)
	for _, id := range c.Cards {
		s.add(string(id))
	}
}

// check looks for each of them.
func (s *secrets) check(t *testing.T, log string) {
	t.Helper()
	look := func(secret string) {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log has %q: …%s…", secret, log[max(0, i-100):min(len(log), i+100)])
		}
	}
	for x := range s.known {
		look(x)
	}
	if s.late != nil {
		for _, x := range s.late() {
			look(x)
		}
	}
}

// person takes all that is personal of a client of MAXMA's double. First names are
// words that anybody may write.
func (s *secrets) person(p maxmafake.Person) {
	s.add(p.Card, p.Phone, strings.TrimPrefix(p.Phone, "+7"), p.Surname, p.Patronymic, p.ExternalID)
}

// central takes the seeded customers of a central API.
func (s *secrets) central(c *server.Server) {
	for i := range 500 {
		if c, err := c.Customer(loyalty.CustomerID(fmt.Sprintf("c%06d", i+1))); err == nil {
			s.customer(c)
		}
	}
}

// demoSecrets are those of every programme that the demo and the doubles bring.
func demoSecrets(t *testing.T) *secrets {
	t.Helper()
	s := &secrets{}
	c, err := server.Open(filepath.Join(t.TempDir(), "central.db"), server.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Seed(500, demoSeed); err != nil {
		t.Fatal(err)
	}
	s.central(c)
	m, a := maxmafake.New(maxmafake.Options{}), amocrmfake.New(amocrmfake.Options{})
	m.Seed(500, demoSeed)
	a.Seed(500, demoSeed)
	for i := range 500 {
		if p, ok := m.Find(fmt.Sprintf("+7900%07d", i+1)); ok {
			s.person(p)
		}
		if p, ok := a.Customer(amocrmfake.FirstSeeded + int64(i)); ok {
			s.add(p.Name, p.Phone, fmt.Sprintf("+7900%07d", i))
		}
	}
	return s
}
