package server

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestCheckDigit(t *testing.T) {
	for digits, want := range map[string]string{
		"290000000001":      "2900000000018",
		"400638133393":      "4006381333931",
		"629104150021":      "6291041500213", // the example of the GS1 check digit calculator
		"9638507":           "96385074",
		"37610425002123456": "376104250021234569", // and of its SSCC
	} {
		if got := withCheckDigit(digits); got != want {
			t.Errorf("%s: got %s, want %s", digits, got, want)
		}
	}
}

func TestSeed(t *testing.T) {
	c := newClock()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "one.db"), c)
	must(t, s.Seed(500, 1))
	all := everybody(t, s)
	if len(all) != 500 {
		t.Fatalf("%d customers", len(all))
	}
	again := open(t, filepath.Join(dir, "two.db"), c)
	must(t, again.Seed(500, 1))
	if !reflect.DeepEqual(all, everybody(t, again)) {
		t.Error("the same seed made other people")
	}
	other := open(t, filepath.Join(dir, "three.db"), c)
	must(t, other.Seed(500, 2))
	if reflect.DeepEqual(all, everybody(t, other)) {
		t.Error("another seed made the same people")
	}

	count := map[string]int{}
	for _, x := range all {
		count[x.Tier]++
		for _, card := range x.Cards {
			count["card of "+string(card[:1])]++
		}
		for what, is := range map[string]bool{"blocked": x.Blocked, "expiring": len(x.Expiring) > 0, "empty": x.Balance == 0, "no card": len(x.Cards) == 0, "two cards": len(x.Cards) == 2} {
			if is {
				count[what]++
			}
		}
		if !strings.HasPrefix(string(x.Phone), "+7900") || len(x.Phone) != 12 || x.ExternalID == "" || x.Name == "" {
			t.Errorf("%s: incomplete", x.ID)
		}
	}
	for what, least := range map[string]int{"Базовый": 250, "Серебро": 100, "Золото": 20, "card of 2": 480, "card of 4": 20, "card of Q": 20,
		"blocked": 20, "expiring": 20, "empty": 20, "no card": 20, "two cards": 40} {
		if count[what] < least {
			t.Errorf("%s: %d customers, want at least %d", what, count[what], least)
		}
	}

	apply(t, s, do(c, loyalty.Commit, sold(c, "c000001", 100_000, 0)))
	before := everybody(t, s)
	must(t, s.Seed(500, 1))
	if !reflect.DeepEqual(before, everybody(t, s)) {
		t.Error("seeding a seeded database changed it")
	}
}

func everybody(t *testing.T, s *Server) (all []loyalty.Customer) {
	t.Helper()
	must(t, s.read(func(tx *tx) error {
		p, err := tx.page(0, 10_000)
		all = p.Customers
		return err
	}))
	return all
}

func TestSamples(t *testing.T) {
	s, c := fresh(t)
	must(t, s.Seed(500, 1))
	samples, err := s.Samples()
	must(t, err)
	if samples[0].Code != "2900000000018" || samples[0].Customer.ID != "c000001" {
		t.Errorf("the first is %+v", samples[0])
	}
	for _, x := range samples {
		id := loyalty.Ident{Kind: loyalty.ByCard, Value: strings.TrimPrefix(strings.TrimPrefix(x.Code, "8018"), "https://"+SeedHost+"/card/")}
		if x.Code[0] == '+' {
			id.Kind = loyalty.ByPhone
		}
		var found []*account
		must(t, s.read(func(t *tx) (err error) { found, err = t.find(id); return err }))
		want := 1
		switch x.Kind {
		case "unknown", "product":
			want = 0
		case "shared phone":
			want = 2
		}
		if len(found) != want || want > 0 && found[0].ID != x.Customer.ID {
			t.Errorf("%s: %d customers", x.Kind, len(found))
		}
	}
	for kind, holds := range map[string]func(loyalty.Customer) bool{
		"blocked":  func(x loyalty.Customer) bool { return x.Blocked },
		"expiring": func(x loyalty.Customer) bool { return len(x.Expiring) == 2 && x.Expiring[0].At.After(c.now) },
		"empty":    func(x loyalty.Customer) bool { return x.Balance == 0 },
		"no card":  func(x loyalty.Customer) bool { return len(x.Cards) == 0 },
	} {
		for _, x := range samples {
			if x.Kind == kind && !holds(x.Customer) {
				t.Errorf("%s: %+v", kind, x.Customer)
			}
		}
	}
}
