//go:build linux

package main

import (
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
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
